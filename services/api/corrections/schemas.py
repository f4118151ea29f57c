"""Public JSON of corrections and of the events that were misread in the same way."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.asked import Asked
from services.api.events.schemas import EventDetail, EventOut

MOST_TOGETHER = 100


class CorrectionIn(Asked):
    # Longer than any plate, so that the sentence about plates answers and not one about strings.
    plate: Annotated[str, Field(max_length=1000, description="what it really was, in any spelling")]
    country: Annotated[
        str | None, Field(pattern="^([A-Z]{3})?$", description="ISO alpha-3, empty for unknown; null as it was read")
    ] = None
    also: Annotated[
        list[UUID],
        Field(
            default_factory=list,
            max_length=MOST_TOGETHER,
            description="events that were misread in the same way, corrected with it",
        ),
    ]


class LookAlikes(BaseModel):
    """Other events with the same reading that nobody corrected."""

    read_plate: str = Field(description="what was read; empty when nothing was, and then there are none")
    since: datetime
    total: int
    complete: bool = Field(description="false when there are more than were counted")
    events: list[EventOut] = Field(description="the newest of them")


class Alias(BaseModel):
    """An entry that would let the lists know the vehicle also by what is read again and again."""

    plate: str
    lists: list[str] = Field(description="lists that name the vehicle, and do not by this reading")
    seen: int = Field(description="other events with this reading")


class Corrected(BaseModel):
    event: EventDetail
    together: int = Field(description="events that were corrected, this one included")
    look_alikes: LookAlikes
    alias: Alias | None = Field(description="null when an entry more would change nothing")
