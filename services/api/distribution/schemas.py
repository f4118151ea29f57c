"""Public JSON of how what is found is spread over time and cameras."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

Width = Literal["hour", "day", "month"]


class Bucket(BaseModel):
    begins: datetime
    ends: datetime = Field(description="where the next begins; of a day or month by the site's clocks")
    events: int


class CameraShare(BaseModel):
    camera_id: UUID
    camera_name: str
    events: int


class Distribution(BaseModel):
    total: int
    complete: bool = Field(description="false when there are more: only the newest were counted")
    timezone: str = Field(description="by whose clocks hours, days and months are meant")
    width: Width = Field(description="of the buckets; it follows from how long a time they cover")
    buckets: list[Bucket] = Field(description="oldest first, only those with events")
    hours: list[int] = Field(min_length=24, max_length=24, description="events by hour of the day")
    by_camera: list[CameraShare] = Field(description="most events first")
