"""Public JSON of statistics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from services.api.asked import When
from shared.clock import now
from shared.errors import Invalid
from shared.messages import UnreadReason

LONGEST, USUAL = timedelta(days=366), timedelta(days=7)
FIRST, LAST = 1970, 2999
LATE = timedelta(seconds=60)
Width = Literal["hour", "day"]


class Asked(BaseModel):
    """Which time and which cameras."""

    since: Annotated[When | None, Query(alias="from", description="not before; a week before `to` if absent")] = None
    until: Annotated[When | None, Query(alias="to", description="before; now if absent")] = None
    camera: Annotated[
        tuple[UUID, ...], Query(max_length=100, description="only of these; may be given several times")
    ] = ()

    def span(self) -> tuple[datetime, datetime]:
        """Raises Invalid for one that is empty, too long or of another age."""
        until = self.until or now()
        if not all(FIRST <= one.year <= LAST for one in (self.since or until, until)):
            raise Invalid(f"Statistics cover the years {FIRST} to {LAST}", "from" if self.since else "to")
        since = self.since or until - USUAL
        if not since < until:
            raise Invalid("Statistics need a from that is before to", "from")
        if until - since > LONGEST:
            raise Invalid(f"Statistics cover at most {LONGEST.days} days", "from")
        return since, until


class Passages(BaseModel):
    """Of one hour or day."""

    begins: datetime
    entered: int
    left: int
    other: int = Field(description="whose direction is not known")
    unread: int = Field(description="of all these, those whose plate could not be read")
    occupancy: int = Field(description="entered minus left since the beginning, at the end of this hour or day")


class PlateCount(BaseModel):
    plate: str
    passages: int
    newest: datetime


class CountryCount(BaseModel):
    country: str = Field(description="ISO alpha-3, empty where it is not known")
    passages: int


class ListCount(BaseModel):
    list: str = Field(description="none for vehicles on no list")
    passages: int


class CameraCount(BaseModel):
    camera_id: UUID
    camera_name: str
    passages: int
    unread: int
    read_rate: float | None = Field(description="share of vehicles whose plate was read; null without any")
    reasons: dict[UnreadReason, int] = Field(description="why plates could not be read")


class DestinationCount(BaseModel):
    destination: str
    kind: str
    sent: int
    late: int = Field(description=f"of those that were sent, later than {LATE.seconds} seconds after the event")
    failed: int = Field(description="given up")
    waiting: int
    usual_seconds: float | None = Field(description="nineteen of twenty were sent within; null without any")


class Statistics(BaseModel):
    begins: datetime
    ends: datetime
    timezone: str = Field(description="by whose clocks hours and days are meant")
    width: Width = Field(description="of each of the passages: hours for up to three days")
    total: int
    entered: int
    left: int
    unread: int
    read_rate: float | None
    vehicles: int = Field(description="distinct plates")
    passages: list[Passages] = Field(description="every hour or day, oldest first, also without any vehicle")
    top_plates: list[PlateCount]
    countries: list[CountryCount]
    lists: list[ListCount]
    cameras: list[CameraCount]
    destinations: list[DestinationCount] | None = Field(
        description="deliveries that were due in this time; null without the scope deliveries:read"
    )
