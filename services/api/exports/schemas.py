"""Public JSON of exports."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.asked import Asked, Note
from services.api.searches.schemas import LONGEST, QUERY
from shared.db.tables import EventExport

KEPT = timedelta(days=1)
"""It holds personal data, and is there to be taken away."""
MOST_CHOSEN = 10_000


class Form(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    ZIP = "zip"


class ExportIn(Asked):
    format: Annotated[Form, Field(description="zip holds each event as JSON with its pictures, and their hashes")]
    query: Annotated[str, Field(max_length=LONGEST, description=f"a search: {QUERY}")] = ""
    ids: Annotated[
        list[UUID] | None, Field(min_length=1, max_length=MOST_CHOSEN, description="only these events; null is all")
    ] = None
    reason: Annotated[Note, Field(description="what it is for; it is in the audit log")] = ""


class ExportOut(BaseModel):
    id: UUID
    format: Form
    state: Literal["waiting", "done", "failed"] = Field(description="waiting also while it is written")
    sentence: str = Field(description="what came of it, for a person")
    done: int = Field(description="events that are written")
    total: int = Field(description="events that there are to write; 0 while that is not known")
    size: int = Field(description="bytes of the file")
    sha256: str = Field(description="of the file; empty while there is none")
    file_url: str = Field(description="empty while there is none")
    created_at: datetime
    kept_until: datetime | None = Field(description="when the file is deleted")

    @classmethod
    def of_row(cls, row: EventExport) -> ExportOut:
        values = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        there = row.state == "done"
        url = f"/api/v1/exports/{row.id}/file" if there else ""
        until = row.finished_at + KEPT if row.finished_at else None
        return cls.model_validate({**values, "format": row.form, "file_url": url, "kept_until": until})


class Exports(BaseModel):
    exports: list[ExportOut] = Field(description="newest first")
