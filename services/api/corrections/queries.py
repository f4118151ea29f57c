"""Puts a person's word in place of what was read, and takes it back; the lists are asked anew, no reaction fires."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.api.access import Identity, visible
from services.api.corrections.schemas import Alias, CorrectionIn, LookAlikes
from services.api.events.queries import cards, corrected_together
from shared import listed, seen_plates
from shared.clock import now
from shared.db.tables import EventRow
from shared.db.tables.events import READ
from shared.errors import Invalid, Missing
from shared.plates import is_pattern, parse_entry

BACK = timedelta(days=90)
COUNTED, SHOWN = 1000, 50


def correct(session: Session, event_id: UUID, asked: CorrectionIn, who: Identity) -> list[EventRow]:
    """The corrected events, the first is the one that was asked for. Raises Missing, Invalid.

    To correct an event to what was read takes its correction back.
    """
    plate = parse_entry(asked.plate)
    if is_pattern(plate):
        raise Invalid("A plate of an event has no wildcards", "plate")
    rows = _locked(session, [event_id, *asked.also], who)
    stranger = next((row for row in rows if not reading(row) or reading(row) != reading(rows[0])), None)
    if stranger and len(rows) > 1:
        raise Invalid(f"Event {stranger.event_id} was not misread in the same way", "also")
    named, changes, stamp = listed.load(session), _Plates(), _stamp(who)
    for row in rows:
        before = row.plate
        _say(row, plate, asked.country, stamp)
        if row.as_read:
            hits = named.of(session, plate, row.captured_at)
            row.hits = [hit.model_dump(mode="json") for hit in hits]
            row.lists = list(dict.fromkeys(hit.list for hit in hits))
        changes.note(row, before)
    changes.write(session)
    return rows


def undo(session: Session, event_id: UUID, who: Identity, *, together: bool) -> list[EventRow]:
    """The events as they were read; with `together` also those that were corrected with it. Raises Missing."""
    (row,) = _locked(session, [event_id], who)
    if row.as_read is None:
        raise Missing("correction of event", event_id)
    rows = [row]
    if together:
        others = session.scalars(select(EventRow.event_id).where(*corrected_together(row, who)).limit(1000)).all()
        rows = _locked(session, [event_id, *others], who)
    changes = _Plates()
    for one in rows:
        if one.as_read:
            before = one.plate
            _put_back(one, one.as_read)
            changes.note(one, before)
    changes.write(session)
    return rows


def look_alikes(session: Session, row: EventRow, who: Identity) -> LookAlikes:
    """Other events of the last three months whose plate was read as this one's was, newest first."""
    since = now() - BACK
    same = _same_reading(row, since, who)
    counted = select(EventRow.event_id).where(*same).limit(COUNTED + 1).subquery()
    total = (session.scalar(select(func.count()).select_from(counted)) or 0) if reading(row) else 0
    newest = select(EventRow).where(*same).order_by(EventRow.captured_at.desc(), EventRow.event_id.desc())
    found = session.scalars(newest.limit(SHOWN)).all() if total else []
    return LookAlikes(
        read_plate=reading(row),
        since=since,
        total=min(total, COUNTED),
        complete=total <= COUNTED,
        events=cards(session, found),
    )


def alias(session: Session, row: EventRow, seen: int) -> Alias | None:
    """The entry that would help; None when the reading is rare or the lists know the vehicle by it anyway."""
    read = reading(row)
    if row.as_read is None or not seen or not read or read == row.plate:
        return None
    named, moment = listed.load(session), now()
    known = {hit.list for hit in named.of(session, read, moment)}
    lists = dict.fromkeys(hit.list for hit in named.of(session, row.plate, moment) if hit.list not in known)
    return Alias(plate=read, lists=list(lists), seen=seen) if lists else None


def reading(row: EventRow) -> str:
    """What was read, corrected or not; empty when nothing was."""
    read: str = row.as_read["plate"] if row.as_read else row.plate
    return read


def _same_reading(row: EventRow, since: datetime, who: Identity) -> list[ColumnElement[bool]]:
    return [
        EventRow.plate == reading(row),
        EventRow.as_read.is_(None),
        EventRow.event_id != row.event_id,
        EventRow.captured_at >= since,
        *visible(who),
    ]


def _locked(session: Session, ids: Iterable[UUID], who: Identity) -> list[EventRow]:
    """In the order that is asked for, each once; locked in one order for all. Raises Missing."""
    wanted = list(dict.fromkeys(ids))
    query = select(EventRow).where(EventRow.event_id.in_(wanted), *visible(who))
    rows = {row.event_id: row for row in session.scalars(query.order_by(EventRow.event_id).with_for_update())}
    if missing := next((one for one in wanted if one not in rows), None):
        raise Missing("event", missing)
    return [rows[one] for one in wanted]


def _say(row: EventRow, plate: str, country: str | None, stamp: dict[str, str]) -> None:
    as_read = row.as_read or {name: getattr(row, name) for name in READ}
    if plate == as_read["plate"] and country in (None, as_read["country"]):
        _put_back(row, as_read)
        return
    row.as_read = as_read | stamp
    row.plate, row.unread = plate, ""
    row.country = as_read["country"] if country is None else country
    row.region = as_read["region"] if row.country == as_read["country"] else ""


def _put_back(row: EventRow, as_read: dict[str, object]) -> None:
    for name in READ:
        setattr(row, name, as_read[name])
    row.as_read = None


def _stamp(who: Identity) -> dict[str, str]:
    return {"by": who.actor, "at": now().isoformat(), "correction_id": str(uuid4())}


class _Plates:
    """What changes in the dictionary of plates."""

    def __init__(self) -> None:
        self._changes: Counter[str] = Counter()
        self._seen: defaultdict[str, list[datetime]] = defaultdict(list)

    def note(self, row: EventRow, before: str) -> None:
        if row.plate == before:
            return
        if before:
            self._changes[before] -= 1
        if row.plate:
            self._changes[row.plate] += 1
            self._seen[row.plate] += [row.captured_at, row.last_seen]

    def write(self, session: Session) -> None:
        session.flush()
        seen_plates.count(session, self._changes, self._seen)


def spelled(rows: Sequence[EventRow]) -> list[str]:
    """For the audit log: which events."""
    return [str(row.event_id) for row in rows]
