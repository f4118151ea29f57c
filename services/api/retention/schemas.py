"""Public JSON of retention."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from services.api.asked import Asked
from shared.retention import MOST_DAYS, Retention

Days = Annotated[int | None, Field(ge=1, le=MOST_DAYS, description="days that they are kept; null is for good")]
TryDays = Annotated[int | None, Query(ge=1, le=MOST_DAYS, description="instead of the days that are set")]
CameraDays = Annotated[
    dict[UUID, Annotated[int, Field(ge=1, le=MOST_DAYS)]],
    Field(max_length=1000, default_factory=dict, description="days of the pictures of single cameras, by their id"),
]


class RetentionIn(Asked):
    """Replaces what is set."""

    events_days: Days
    pictures_days: Days
    unread_days: Days
    audit_days: Days
    cameras: CameraDays


class RetentionTried(BaseModel):
    """What to count with; what is absent is as it is set."""

    events_days: TryDays = None
    pictures_days: TryDays = None
    unread_days: TryDays = None
    audit_days: TryDays = None

    def over(self, stored: Retention) -> Retention:
        return stored.model_copy(update=self.model_dump(exclude_none=True))


class WouldGo(BaseModel):
    """What the next run would delete, counted up to 100,000 each."""

    events: int
    unread: int
    events_with_pictures: int = Field(description="that would stay without them or go with them")
    deliveries: int
    commands: int
    audit: int
    held: int = Field(description="events that are old enough and stay because of their tag keep")


class RetentionOut(BaseModel):
    events_days: Days
    pictures_days: Days
    unread_days: Days
    audit_days: Days
    cameras: dict[UUID, int]
    would_go: WouldGo
    last_run_at: datetime | None
    last_run: str = Field(description="what came of it, for a person")
