"""Public JSON of events; the live feed sends the same rows as the pages of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.api.asked import When
from services.api.paging import Cursor, Limit
from services.api.search.criteria import Criteria, Mode
from shared.db.tables import EventRow
from shared.messages import (
    Alternative,
    Character,
    CommandState,
    DeliveryState,
    Direction,
    Event,
    EventState,
    ListHit,
    Moment,
    Origin,
    UnreadReason,
    VerticalDirection,
)


class EventSearch(BaseModel):
    """Which events; what is absent does not filter."""

    camera: Annotated[
        tuple[UUID, ...], Query(max_length=100, description="only of these; may be given several times")
    ] = ()
    plate: Annotated[str | None, Query(max_length=32, description="part of a plate; ? is one letter, * any")] = None
    mode: Annotated[
        Mode, Query(description="how `plate` is compared; similar takes look-alikes and one other letter")
    ] = Mode.CONTAINS
    list: Annotated[str | None, Query(max_length=64, description="name of a list, or none")] = None
    direction: Annotated[Direction | None, Query(description="only this way")] = None
    since: Annotated[When | None, Query(alias="from", description="not before, ISO 8601 with zone")] = None
    until: Annotated[When | None, Query(alias="to", description="before, ISO 8601 with zone")] = None
    zone: Annotated[int | None, Query(ge=0, le=1000, description="only in this one")] = None
    country: Annotated[str | None, Query(max_length=3, description="ISO alpha-3")] = None
    min_confidence: Annotated[float | None, Query(ge=0, le=1, description="only what is at least so sure")] = None
    max_confidence: Annotated[float | None, Query(ge=0, le=1, description="only what is at most so sure")] = None
    unread: Annotated[
        Literal["without", "with", "only"], Query(description="vehicles whose plate was seen and could not be read")
    ] = "without"
    tag: Annotated[str | None, Query(max_length=32, description="only with this tag")] = None
    corrected: Annotated[
        Literal["with", "without", "only"], Query(description="events whose plate a person corrected")
    ] = "with"
    reason: Annotated[str, Query(max_length=200, description="why a plate is searched, for the audit log")] = ""

    def criteria(self) -> Criteria:
        values = self.model_dump(include=set(EventSearch.model_fields) - {"camera", "plate", "country", "reason"})
        country = self.country.upper() if self.country else None
        return Criteria(text=self.plate, country=country, cameras=self.camera, **values)

    def told(self) -> dict[str, object]:
        """What the audit log keeps of a search besides its plate."""
        searched = self.model_dump(mode="json", exclude_defaults=True, exclude={"plate", "limit", "cursor", "reason"})
        return {name: value for name, value in searched.items() if value is not None} | {"mode": self.mode}


class EventFilter(EventSearch):
    """One page of a search."""

    limit: Limit = 50
    cursor: Cursor = None


class DeliveryCard(BaseModel):
    """How far telling one destination has come."""

    delivery_id: UUID
    destination: str
    kind: str
    moment: Moment
    state: DeliveryState
    attempts: int
    due_at: datetime
    delivered_at: datetime | None
    last_error: str


class CommandCard(BaseModel):
    """How far an order to a barrier has come."""

    command_id: UUID
    destination: str
    state: CommandState
    issued_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    result: str


class NoteOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    text: str
    actor: str = Field(description="who wrote it, such as user:olena")
    created_at: datetime


class Correction(BaseModel):
    """What was read, where a person corrected it."""

    plate: str = Field(description="empty when nothing was read")
    country: str
    unread: UnreadReason | None
    by: str = Field(description="who corrected it")
    at: datetime


class Told(NamedTuple):
    """Who heard of an event, and what was ordered because of it, oldest first; and its tags."""

    deliveries: Sequence[DeliveryCard] = ()
    commands: Sequence[CommandCard] = ()
    tags: Sequence[str] = ()


NOTHING_TOLD = Told()


class EventOut(BaseModel):
    event_id: UUID
    camera_id: UUID
    camera_name: str
    car_id: int
    state: EventState
    origin: Origin
    plate: str = Field(description="empty when it could not be read")
    country: str
    region: str = Field(description="part of the country, where the plate tells it")
    unread: UnreadReason | None = Field(description="why there is no plate")
    alternatives: tuple[Alternative, ...] = Field(description="rejected readings, likeliest first")
    confidence: float
    captured_at: datetime = Field(description="first frame of the passage")
    read_at: datetime = Field(description="the frame that gave the winning read")
    last_seen: datetime
    reads: int
    direction: Direction
    vertical: VerticalDirection
    zone: int
    box: tuple[int, int, int, int] = Field(description="x, y, width, height of the plate in the frame, pixels")
    frame_width: int
    frame_height: int
    frame_url: str = Field(description="empty when there is no picture")
    crop_url: str
    lists: tuple[str, ...]
    hits: tuple[ListHit, ...] = Field(description="entries of lists that named the plate, black first")
    deliveries: tuple[DeliveryCard, ...] = ()
    commands: tuple[CommandCard, ...] = Field(default=(), description="orders to barriers")
    tags: tuple[str, ...] = ()
    correction: Correction | None = Field(default=None, description="null when nobody corrected what was read")

    @classmethod
    def of_row(cls, row: EventRow, told: Told = NOTHING_TOLD) -> EventOut:
        return cls.model_validate(_of_row(row, told))

    @classmethod
    def of_message(cls, event: Event) -> EventOut:
        return cls.model_validate({**_shared(event), "box": event.box.as_list()})


_OWN = {"box", "frame_url", "crop_url", "deliveries", "commands", "unread", "tags", "correction"}
_SAME = set(EventOut.model_fields) - _OWN


def _of_row(row: EventRow, told: Told) -> dict[str, object]:
    read = row.as_read | {"unread": row.as_read["unread"] or None} if row.as_read else None
    return {**_shared(row), "box": row.box, "correction": read, **told._asdict()}


def _shared(event: EventRow | Event) -> dict[str, object]:
    values = {name: getattr(event, name) for name in _SAME}
    urls = {
        f"{kind}_url": f"/api/v1/events/{event.event_id}/{kind}.jpg?v={key.rpartition('-')[2][:8]}" if key else ""
        for kind, key in (("frame", event.frame_key), ("crop", event.crop_key))
    }
    return values | urls | {"unread": event.unread or None}


class Reading(BaseModel):
    """A text that frames of the passage said."""

    text: str
    reads: int = Field(description="frames that said it")
    surest: float = Field(description="confidence of the surest of them")
    share: float = Field(description="of all the weight that voted")


class EventDetail(EventOut):
    characters: tuple[Character, ...] = Field(default=(), description="each position with what it may be")
    readings: tuple[Reading, ...] = Field(default=(), description="what single frames said, by text, heaviest first")
    notes: tuple[NoteOut, ...] = Field(default=(), description="oldest first")
    corrected_together: int = Field(
        default=0, description="events that one correction corrected, this one included; 0 when nobody corrected it"
    )

    @classmethod
    def of_row(
        cls, row: EventRow, told: Told = NOTHING_TOLD, notes: Sequence[NoteOut] = (), together: int = 0
    ) -> EventDetail:
        seen = {"characters": row.characters, "readings": row.readings, "notes": notes}
        return cls.of_parts(row, told, seen | {"corrected_together": together})

    @classmethod
    def of_parts(cls, row: EventRow, told: Told, seen: Mapping[str, object]) -> EventDetail:
        """Of a row that was read without its characters and readings; they and the notes are in `seen`."""
        return cls.model_validate({**_of_row(row, told), **seen})


class Events(BaseModel):
    events: list[EventOut]
    next: str | None = Field(description="cursor of the next, older page; null at the end")


PictureKind = Literal["frame", "crop"]
