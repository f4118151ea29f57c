"""Public JSON of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.api.asked import When
from services.api.paging import Cursor, Limit

Text = Annotated[str | None, Query(max_length=200)]


class AuditSearch(BaseModel):
    """Which rows; what is absent does not filter."""

    since: Annotated[When | None, Query(alias="from", description="not before, ISO 8601 with zone")] = None
    until: Annotated[When | None, Query(alias="to", description="before, ISO 8601 with zone")] = None
    actor: Annotated[Text, Query(description="such as user:admin or key:parking")] = None
    action: Annotated[Text, Query(description="such as sign_in; user finds user.add and all others of it")] = None
    subject: Annotated[Text, Query(description="what it was done to")] = None


class AuditPage(AuditSearch):
    limit: Limit = 50
    cursor: Cursor = None


class AuditExport(AuditSearch):
    format: Annotated[Literal["csv", "jsonl"], Query(description="a spreadsheet's CSV, or a JSON document a line")] = (
        "csv"
    )


class AuditEntry(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str = Field(description="SHA-256 over the row and the hash of the row before it")


class AuditEntries(BaseModel):
    entries: list[AuditEntry]
    next: str | None = Field(description="cursor of the next, older page; null at the end")


class AuditVerdict(BaseModel):
    whole: bool = Field(description="whether every row is there as it was written")
    rows: int = Field(description="rows that fit")
    head: str = Field(description="hash of the newest of them; keep it elsewhere to prove the past later")
    broken_at: int | None = Field(description="id of the first row that does not fit")
    reason: str
    forgotten: int = Field(description="rows before the first one, which were deleted by their age")
