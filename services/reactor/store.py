"""Everything that one step of the reactor writes, in one transaction; repeating a step changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from services.reactor.passages import TrackerState
from services.reactor.vote import Reading
from shared import seen_plates
from shared.db.tables import Camera, DeliveryRow, Destination, EventRow, Track
from shared.db.tables.events import READ
from shared.errors import PlatewireError
from shared.messages import CameraCard, Character, Event, Moment
from shared.rules.rule import Rule

_EVENTS = EventRow.__table__.c
KEPT_TRYING = "interval '7 days'"


class ShardLost(PlatewireError):
    """Another reactor wrote this camera's state: this one lost its shard without noticing and must start afresh."""

    def __init__(self, camera_id: UUID) -> None:
        super().__init__(f"Another reactor has taken over camera {camera_id}")


@dataclass(frozen=True)
class StoredEvent:
    """An event as it is now.

    Attributes:
        readings: what single frames said, summed up by text.
        counted_as: the plate under which the dictionary counts this event so far; empty when it is new.
    """

    event: Event
    characters: tuple[Character, ...]
    readings: tuple[Reading, ...]
    counted_as: str


@dataclass(frozen=True)
class DueDelivery:
    """A reaction that fired."""

    event: Event
    camera: CameraCard
    moment: Moment
    rule: Rule


def present_cameras(session: Session, camera_ids: Collection[UUID]) -> set[UUID]:
    """Those that exist; they cannot be deleted until the transaction ends."""
    query = select(Camera.id).where(Camera.id.in_(camera_ids)).order_by(Camera.id)
    return set(session.scalars(query.with_for_update(key_share=True, read=True)))


def load_tracks(session: Session, camera_ids: Collection[UUID] | None = None) -> dict[UUID, TrackerState]:
    """What was being tracked at these cameras, or at all."""
    query = select(Track.camera_id, Track.state)
    if camera_ids is not None:
        query = query.where(Track.camera_id.in_(camera_ids))
    return {camera_id: TrackerState.model_validate(state) for camera_id, state in session.execute(query)}


def save_tracks(session: Session, states: Mapping[UUID, TrackerState]) -> None:
    """Writes the next state of each camera. Raises ShardLost unless the stored ones are their predecessors."""
    if not states:
        return
    rows = [{"camera_id": one, "state": state.model_dump(mode="json")} for one, state in sorted(states.items())]
    written = set(session.connection().execute(_SAVE_TRACKS, rows).scalars())
    if lost := states.keys() - written:
        raise ShardLost(min(lost))


def _save_tracks() -> ReturningInsert[tuple[UUID]]:
    statement = insert(Track).values(updated_at=func.now())
    return statement.on_conflict_do_update(
        index_elements=["camera_id"],
        set_={"state": statement.excluded.state, "updated_at": statement.excluded.updated_at},
        where=_serial(Track.state) == _serial(statement.excluded.state) - 1,
    ).returning(Track.camera_id)


def _serial(state: Any) -> ColumnElement[int]:
    return cast(state["serial"].as_string(), BigInteger)


# Built once: these run for every batch of reads, and what is built anew is compiled anew.
_SAVE_TRACKS = _save_tracks()


def save_events(session: Session, stored: Sequence[StoredEvent]) -> None:
    """Inserts or updates events (the last state of each wins) and keeps the dictionary of plates in step."""
    if not stored:
        return
    newest = {item.event.event_id: item for item in stored}
    written = session.connection().execute(_SAVE_EVENTS, [_event_values(item) for item in newest.values()])
    _count_plates(session, stored, {event_id for event_id, corrected in written if corrected})


def _save_events() -> ReturningInsert[UUID, bool]:
    statement = insert(EventRow)
    # The decision is added by who made it and outlives later states of its event; what was stored first stays told.
    kept = {"event_id", "captured_at", "decision", "stored_at"}
    heard = {column.name: statement.excluded[column.name] for column in _EVENTS}
    changed: dict[str, ColumnElement[Any]] = {**heard}
    # A person's correction stays, and what is heard since is kept as the reading beside it.
    changed |= {name: case((EventRow.as_read.is_(None), heard[name]), else_=_EVENTS[name]) for name in READ}
    changed["as_read"] = case((EventRow.as_read.is_not(None), EventRow.as_read.concat(_read(heard))))
    return statement.on_conflict_do_update(
        index_elements=["event_id", "captured_at"],
        set_={name: value for name, value in changed.items() if name not in kept},
    ).returning(EventRow.event_id, EventRow.as_read.is_not(None))


def _read(row: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """What a correction keeps of the reading, as JSON."""
    return func.jsonb_build_object(*(part for name in READ for part in (name, func.to_jsonb(row[name]))))


_SAVE_EVENTS = _save_events()


def save_deliveries(session: Session, due: Sequence[DueDelivery]) -> set[UUID]:
    """Enters each once into the ledger; returns the destinations that got a new one."""
    if not due:
        return set()
    wanted = select(Destination.id).where(Destination.id.in_({item.rule.destination_id for item in due}))
    existing = set(session.scalars(wanted.order_by(Destination.id).with_for_update(key_share=True, read=True)))
    wanted_there = [item for item in due if item.rule.destination_id in existing]
    # An event goes to several destinations and is written out once.
    written = {id(item.event): item.event.model_dump(mode="json") for item in wanted_there}
    values = [_delivery_values(item, written[id(item.event)]) for item in wanted_there]
    if not values:
        return set()
    return set(session.connection().execute(_SAVE_DELIVERIES, values).scalars())


_SAVE_DELIVERIES = (
    insert(DeliveryRow)
    .values(expires_at=func.now() + literal_column(KEPT_TRYING))
    .on_conflict_do_nothing(index_elements=["event_id", "destination_id", "moment"])
    .returning(DeliveryRow.destination_id)
)


_NOT_AS_THEY_ARE = {"kind", "version", "box", "lists", "hits", "alternatives", "unread"}


def _event_values(item: StoredEvent) -> dict[str, object]:
    event = item.event
    values: dict[str, object] = event.model_dump(
        exclude={"kind", "version", "box", "lists", "hits", "alternatives", "unread"}
    )
    return values | {
        "unread": event.unread or "",
        "box": event.box.as_list(),
        "lists": list(event.lists),
        "hits": [hit.model_dump(mode="json") for hit in event.hits],
        "alternatives": [other.model_dump(mode="json") for other in event.alternatives],
        "characters": [character.model_dump(mode="json") for character in item.characters],
        "readings": [reading.model_dump(mode="json") for reading in item.readings],
    }


def _delivery_values(item: DueDelivery, event: dict[str, object]) -> dict[str, object]:
    return {
        "id": uuid4(),
        "event_id": item.event.event_id,
        "destination_id": item.rule.destination_id,
        "moment": item.moment,
        "reaction_id": item.rule.rule_id,
        "event": event,
        "camera": item.camera.model_dump(mode="json"),
    }


def _count_plates(session: Session, stored: Iterable[StoredEvent], corrected: Collection[UUID]) -> None:
    """Counts each event once, under its present plate; one that a person corrected stays counted under theirs."""
    changes: defaultdict[str, int] = defaultdict(int)
    seen: defaultdict[str, list[datetime]] = defaultdict(list)
    for event, counted_as in [(item.event, item.counted_as) for item in stored if item.event.plate]:
        if event.event_id in corrected:
            continue
        seen[event.plate] += [event.captured_at, event.last_seen]
        if counted_as != event.plate:
            changes[event.plate] += 1
            if counted_as:
                changes[counted_as] -= 1
    seen_plates.count(session, changes, seen)
