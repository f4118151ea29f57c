"""Public JSON of a vehicle's visits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from shared.messages import ListHit


class CameraVisits(BaseModel):
    camera_id: UUID
    camera_name: str
    visits: int
    newest: datetime


class UsualHours(BaseModel):
    """The shortest span of the day that holds four of five visits; it may go through midnight."""

    begins: str = Field(description="hours and minutes of the site's clocks", pattern=r"^\d\d:\d\d$")
    ends: str = Field(pattern=r"^\d\d:\d\d$")
    visits: int = Field(description="of which it is made")


class Visits(BaseModel):
    plate: str
    timezone: str = Field(description="by whose clocks hours and days are meant")
    total: int
    complete: bool = Field(description="false when only the newest visits were counted")
    last_30_days: int
    first_seen: datetime | None
    last_seen: datetime | None
    by_camera: list[CameraVisits] = Field(description="the most visited first")
    usual_in: UsualHours | None = Field(description="when it comes; null for fewer than three visits this way")
    usual_out: UsualHours | None = Field(description="when it goes")
    week: list[list[int]] = Field(
        min_length=7, max_length=7, description="visits by hour, 24 for each day, the first is Monday"
    )
    hits: list[ListHit] = Field(description="entries of lists that name it now, black first")
