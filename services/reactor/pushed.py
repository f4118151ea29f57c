"""Vehicles that devices read themselves: the inbox's messages become events, in the order in which they arrived.

The device has tracked and voted; what is left is to join its messages of one vehicle, and to close those of which it
says nothing more. Locking the messages makes this one reactor's business, whoever owned the shard before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import Select, delete, func, literal_column, select
from sqlalchemy.orm import Session

from services.reactor.catalogue import KnownCamera
from services.reactor.direction import horizontal
from shared.db.tables import PushedPassage, PushRow
from shared.messages import Direction, Event, EventState, ListHit, Origin
from shared.pushes import Push

ListsOf = Callable[[str, datetime], tuple[ListHit, ...]]

MOST_PUSHES, MOST_SILENT = 100, 100
SILENCE = timedelta(seconds=30)
"""A device that says when a vehicle has left does so about ten seconds after it was last seen (FF JSON protocol)."""
SAME_CAR = timedelta(minutes=10)
"""A number of a vehicle means the same vehicle only for so long: devices count from 1 again when they restart."""
LIVE = timedelta(minutes=5)
"""What is older when it arrives was kept back by the device: it is stored, and opens no barrier."""
_KEPT_MESSAGES, _KEPT_PASSAGES = "interval '7 days'", "interval '1 day'"
_NAMES = UUID("8f8a6f0e-57ab-4d4c-9b57-7d2c4c1d4f35")


@dataclass(frozen=True)
class Told:
    """An event as a push left it, and under which plate it was counted before."""

    event: Event
    counted_as: str


def take(session: Session, cameras: Mapping[UUID, KnownCamera], lists_of: ListsOf, now: datetime) -> list[Told]:
    """Handles the oldest messages of these cameras, and closes vehicles that nothing is heard of."""
    query = select(PushRow).where(PushRow.camera_id.in_(cameras), PushRow.handled_at.is_(None))
    rows = session.scalars(query.order_by(PushRow.id).limit(MOST_PUSHES).with_for_update()).all()
    told: list[Told] = []
    for row in rows:
        camera = cameras[row.camera_id]
        push = _with_direction(Push.model_validate(row.push), camera)
        told += _take(session, camera, push, lists_of, row.received_at)
        row.push, row.handled_at = None, now
    session.flush()
    return told + _close_silent(session, cameras, now)


def is_due(session: Session, cameras: Collection[UUID], now: datetime) -> bool:
    """Whether there is anything to take; asked ten times a second, so by two indexes alone."""
    waiting = select(PushRow.id).where(PushRow.camera_id.in_(cameras), PushRow.handled_at.is_(None)).limit(1)
    return session.scalar(waiting) is not None or session.scalar(_silent(cameras, now).limit(1)) is not None


def forget(session: Session) -> None:
    """Drops messages that nobody repeats any more, and vehicles long gone."""
    handled = PushRow.handled_at.is_not(None)
    session.execute(delete(PushRow).where(handled, PushRow.received_at < func.now() - literal_column(_KEPT_MESSAGES)))
    old = PushedPassage.heard_at < func.now() - literal_column(_KEPT_PASSAGES)
    session.execute(delete(PushedPassage).where(PushedPassage.lost, old))


def _take(session: Session, camera: KnownCamera, push: Push, lists_of: ListsOf, arrived: datetime) -> list[Told]:
    passage = _known(session, camera.card.camera_id, push)
    if passage is None:
        event = _first(camera, push, lists_of, arrived)
        session.add(_row(event, push, arrived))
        return _with_end([Told(event, "")], push)
    before = Event.model_validate(passage.event)
    changed = _changed(before, push, lists_of)
    passage.heard_at = max(passage.heard_at, arrived)
    if push.state == "lost" and before.state is not EventState.LOST:
        passage.lost, changed = True, changed.model_copy(update={"state": EventState.LOST})
    if changed == before:
        return []
    passage.event = changed.model_dump(mode="json")
    session.flush()
    return [Told(changed, before.plate)]


def _with_direction(push: Push, camera: KnownCamera) -> Push:
    """In or out as the device says; where it only tells towards or away, as the camera's setting means it."""
    if push.direction is not Direction.UNKNOWN:
        return push
    return push.model_copy(update={"direction": horizontal(push.vertical, camera.settings)})


def _known(session: Session, camera_id: UUID, push: Push) -> PushedPassage | None:
    """The vehicle that the push tells more of, if there is one."""
    if not push.car:
        return None
    query = select(PushedPassage).where(PushedPassage.camera_id == camera_id, PushedPassage.car == push.car)
    found = session.scalar(query.order_by(PushedPassage.heard_at.desc()).limit(1))
    if found is None:
        return None
    event = Event.model_validate(found.event)
    near = event.captured_at - SAME_CAR <= push.captured_at <= event.last_seen + SAME_CAR
    # A device counts from 1 again after a restart: another plate under the number of one that has left is another car.
    again = found.lost and push.state == "new" and push.plate != event.plate
    return found if near and not again else None


def _first(camera: KnownCamera, push: Push, lists_of: ListsOf, arrived: datetime) -> Event:
    hits = lists_of(push.plate, push.captured_at)
    name = f"{camera.card.camera_id}/{push.car or push.key}/{push.captured_at.isoformat()}/{push.plate}"
    event_id = uuid5(_NAMES, name)
    return Event(
        event_id=event_id,
        camera_id=camera.card.camera_id,
        camera_name=camera.card.name,
        car_id=_number(push, event_id),
        state=EventState.RELIABLE,
        origin=Origin.LIVE if arrived - push.read_at <= LIVE else Origin.FILE,
        reads=1,
        last_seen=max(push.captured_at, push.read_at),
        lists=tuple(dict.fromkeys(hit.list for hit in hits)),
        hits=hits,
        **push.model_dump(include=_AS_PUSHED),
    )


_READ = {"plate", "country", "region", "confidence"}
_PICTURE = {"read_at", "box", "frame_width", "frame_height", "frame_key", "crop_key"}
_AS_PUSHED = _READ | _PICTURE | {"captured_at", "direction", "vertical", "zone", "processing_ms"}


def _changed(before: Event, push: Push, lists_of: ListsOf) -> Event:
    """The event after one more message: what it says is better known now, its pictures only if it has some."""
    if before.state is EventState.LOST and push.state != "lost":
        # It came late, and told of an earlier moment.
        wanted = _PICTURE if not (before.frame_key or before.crop_key) else set[str]()
    else:
        wanted = _READ | {"direction", "vertical", "zone"} | (_PICTURE if push.frame_key or push.crop_key else set())
    values = {name: getattr(push, name) for name in wanted if getattr(push, name) not in ("", "unknown")}
    if "plate" in values and values["plate"] != before.plate:
        hits = lists_of(push.plate, before.captured_at)
        values |= {"hits": hits, "lists": tuple(dict.fromkeys(hit.list for hit in hits))}
    values |= {"last_seen": max(before.last_seen, push.read_at), "reads": before.reads + 1}
    if before.state is not EventState.LOST:
        values["state"] = EventState.UPDATE
    return before.model_copy(update=values)


def _with_end(told: Sequence[Told], push: Push) -> list[Told]:
    """A vehicle of which nothing more will be said is lost as soon as it is told."""
    if push.car and push.state != "lost":
        return list(told)
    event = told[-1].event
    return [*told, Told(event.model_copy(update={"state": EventState.LOST}), event.plate)]


def _row(event: Event, push: Push, arrived: datetime) -> PushedPassage:
    over = not push.car or push.state == "lost"
    kept = event.model_copy(update={"state": EventState.LOST}) if over else event
    values = {"event_id": event.event_id, "camera_id": event.camera_id, "car": push.car or push.key}
    return PushedPassage(**values, event=kept.model_dump(mode="json"), heard_at=arrived, lost=over)


def _silent(cameras: Collection[UUID], now: datetime) -> Select[UUID]:
    open_ones = select(PushedPassage.event_id).where(PushedPassage.camera_id.in_(cameras), ~PushedPassage.lost)
    return open_ones.where(PushedPassage.heard_at < now - SILENCE)


def _close_silent(session: Session, cameras: Mapping[UUID, KnownCamera], now: datetime) -> list[Told]:
    silent = select(PushedPassage).where(PushedPassage.event_id.in_(_silent(cameras, now).limit(MOST_SILENT)))
    told: list[Told] = []
    for passage in session.scalars(silent.order_by(PushedPassage.heard_at).with_for_update()):
        event = Event.model_validate(passage.event).model_copy(update={"state": EventState.LOST})
        passage.event, passage.lost = event.model_dump(mode="json"), True
        told.append(Told(event, event.plate))
    return told


def _number(push: Push, event_id: UUID) -> int:
    """The device's own number of the vehicle where it is one; receivers want a number in any case."""
    if push.car.isascii() and push.car.isdigit() and int(push.car) < 2**63:
        return int(push.car)
    return event_id.int % 2**48
