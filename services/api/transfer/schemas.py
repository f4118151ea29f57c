"""Public JSON of imports, and what may be asked of imports and exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.transfer.plan import Counts, Report
from services.api.transfer.rows import Wish
from shared.db.tables import ListImport

Mode = Literal["append", "replace"]
State = Literal["planning", "planned", "applying", "applied", "stale", "failed", "discarded"]


class ImportOptions(Wish):
    """How an uploaded file is read, and what becomes of the list."""

    mode: Mode = Field(default="append", description="replace also takes off the list what the file lacks")
    strict: bool = Field(default=False, description="one invalid line refuses the whole file")


class Progress(BaseModel):
    """How far the work is that is being done now."""

    done: int = 0
    total: int = Field(default=0, description="0 when it is not known")
    sentence: str = ""


class ImportOut(BaseModel):
    """An import without the lines of its report."""

    id: UUID
    list: str
    state: State
    sentence: str = Field(description="what came of it so far, for a person")
    mode: Mode
    strict: bool
    mirrored: bool = Field(description="the list's mirror fetched it")
    file_name: str
    asked_by: str
    confirmed_by: str
    created_at: datetime
    changed_at: datetime
    counts: Counts | None = Field(description="null until it is planned")
    progress: Progress | None = None

    @classmethod
    def of_row(cls, row: ListImport, name: str, progress: Progress | None = None) -> Self:
        return cls.model_validate(cls._values(row, name) | {"progress": progress})

    @classmethod
    def _values(cls, row: ListImport, name: str) -> dict[str, object]:
        values = {field: getattr(row, field) for field in cls.model_fields if hasattr(row, field)}
        return {**values, "list": name, "counts": row.report.get("counts")}


class ImportDetail(ImportOut):
    """An import with its report: the first 200 lines of each kind."""

    report: Report | None = None

    @classmethod
    def _values(cls, row: ListImport, name: str) -> dict[str, object]:
        return {**super()._values(row, name), "report": row.report or None}


class ImportsOut(BaseModel):
    imports: Sequence[ImportOut]
