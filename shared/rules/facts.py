"""What rules may look at: one passage, the same whether it comes from a camera or out of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.messages import Event, ListHit


class Facts(NamedTuple):
    """One passage with a plate.

    Attributes:
        at: its first frame, which is the time that schedules and cool-downs go by.
        lists: names of the lists that the plate is on.
        hits: the entries that put it there.
    """

    event_id: UUID
    plate: str
    country: str
    camera_id: UUID
    zone: int
    direction: str
    confidence: float
    at: datetime
    origin: str
    lists: Sequence[str]
    hits: Sequence[ListHit]

    @classmethod
    def of_event(cls, event: Event) -> Self:
        return cls(
            event_id=event.event_id,
            plate=event.plate,
            country=event.country,
            camera_id=event.camera_id,
            zone=event.zone,
            direction=event.direction,
            confidence=event.confidence,
            at=event.captured_at,
            origin=event.origin,
            lists=event.lists,
            hits=event.hits,
        )


@dataclass(frozen=True)
class Circumstances:
    """What holds for the whole site while rules are tried."""

    zone: ZoneInfo
    barriers_locked: bool = False
