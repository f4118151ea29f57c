"""The ledger's SQL: take one due delivery, write down what came of it, bury what is too late.

`lease_until` is the time before which nobody may take a due row: while it is under way, and while it waits for its
next try. `due_at` never moves, so that it keeps the order of an ordered destination. All times are PostgreSQL's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, Engine, Exists, Select, cast, exists, func, literal, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from services.integrations.engine.breaker import Breaker, Gate
from services.integrations.engine.outcome import ANSWER_LIMIT, Outcome, Peer
from shared.db.session import transaction
from shared.db.tables import DeliveryRow, Destination
from shared.messages import CameraCard, Delivery, DeliveryState, Event, Moment

LEASE = timedelta(seconds=120)
"""Longer than any try may take; a worker that died gives its row back after this."""
LIVE_FOR = timedelta(seconds=15)
_DUE = literal(DeliveryState.DUE.value, literal_execute=True)
"""Written into the statement, because a plan with a parameter could not use the index of due rows."""


@dataclass(frozen=True)
class Terms:
    """How a kind of destination wants its rows taken."""

    ordered: bool
    live: bool = False


@dataclass(frozen=True)
class Claimed:
    """A row that is ours until the lease ends, with the settings as they are now."""

    row: DeliveryRow
    sealed: bytes
    revision: int
    probe: bool

    def delivery(self) -> Delivery:
        row = self.row
        return Delivery(
            delivery_id=row.id,
            destination_id=row.destination_id,
            moment=Moment(row.moment),
            event=Event.model_validate(row.event),
            camera=CameraCard.model_validate(row.camera),
            packet_counter=row.packet_counter or 0,
            attempt=row.attempts,
            created_at=row.created_at,
        )


def claim(engine: Engine, destination_id: UUID, terms: Terms, number: int) -> Claimed | None:
    """Takes the next row of a destination, if there is one and the destination may be asked now.

    Args:
        number: the packet counter that the row gets unless an earlier try gave it one.
    """
    with _quick_transaction(engine) as session:
        row = session.scalar(_next_row(destination_id, terms))
        if row is None:
            return None
        # Locked after the row, here and in record(): one order of locks cannot deadlock.
        found = session.execute(_locked(destination_id).add_columns(func.now())).one_or_none()
        if found is None or not found[0].enabled:
            return None
        destination, now = found
        gate = _breaker(destination).gate(now)
        if gate is Gate.SHUT or (row.lease_until and row.lease_until > now):
            return None
        row.lease_until = now + LEASE
        row.attempts += 1
        row.packet_counter = row.packet_counter or number
        if gate is Gate.PROBE:
            destination.open_until = _breaker(destination).probing(now + LEASE).open_until
        return Claimed(row, destination.settings, destination.revision, gate is Gate.PROBE)


@dataclass(frozen=True)
class Change:
    """Whether a destination broke or recovered by this outcome."""

    broke: bool
    recovered: bool


def record(engine: Engine, claimed: Claimed, outcome: Outcome, wait: float) -> Change:
    """Writes down an outcome; `wait` is the time in seconds until the next try, if there is one."""
    with _quick_transaction(engine) as session:
        # The destination first, as whoever removes it does: the other way round the two would wait for each other.
        found = session.execute(_locked(claimed.row.destination_id).add_columns(func.now())).one_or_none()
        row = session.scalar(select(DeliveryRow).where(DeliveryRow.id == claimed.row.id).with_for_update())
        if row is None or found is None:
            return Change(broke=False, recovered=False)
        destination, now = found
        change = _write_destination(destination, outcome, now, probe=claimed.probe)
        # Somebody else's success after our lease ended must not be undone by our failure.
        if row.state == DeliveryState.DUE or outcome.state is DeliveryState.DELIVERED:
            _write_row(row, outcome, _next_try(destination, now + timedelta(seconds=wait)), now)
        return change


def bury_late(engine: Engine, kind: str, *, live: bool) -> int:
    """Ends due rows of a kind that are past their time and not under way; returns how many."""
    late = DeliveryRow.expires_at <= func.now()
    if live:
        late = or_(late, DeliveryRow.created_at <= func.now() - LIVE_FOR)
    kinds = select(Destination.id).where(Destination.kind == kind)
    free = or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= func.now())
    last = func.nullif(DeliveryRow.last_error, "")
    values = {
        "state": DeliveryState.EXPIRED if live else DeliveryState.DEAD,
        "lease_until": None,
        "last_error": func.concat_ws(": ", "Not delivered in time", last),
    }
    condition = (DeliveryRow.state == _DUE, DeliveryRow.destination_id.in_(kinds), late, free)
    with transaction(engine) as session:
        buried = session.execute(update(DeliveryRow).where(*condition).values(values).returning(DeliveryRow.id))
        return len(buried.all())


def revisions(engine: Engine, kind: str) -> dict[UUID, int]:
    """The enabled destinations of a kind with the revisions of their settings."""
    with transaction(engine) as session:
        wanted = (Destination.kind == kind, Destination.enabled)
        rows = session.execute(select(Destination.id, Destination.revision).where(*wanted))
        return {identity: revision for identity, revision in rows}  # noqa: C416  dict() cannot tell the types


def destination(engine: Engine, destination_id: UUID) -> Destination | None:
    """One destination as it is stored."""
    with transaction(engine) as session:
        return session.get(Destination, destination_id)


def note_error(engine: Engine, destination_id: UUID, sentence: str) -> None:
    """Shows at a destination what is wrong with it beside its deliveries."""
    with transaction(engine) as session:
        changed = update(Destination).where(Destination.id == destination_id)
        session.execute(changed.values(last_error=sentence[:ANSWER_LIMIT], last_error_at=func.now()))


def forgive(engine: Engine, destination_id: UUID) -> None:
    """Closes a destination's breaker: its settings were changed, so the old failures say nothing any more."""
    with transaction(engine) as session:
        changed = update(Destination).where(Destination.id == destination_id)
        session.execute(changed.values(failures_in_a_row=0, open_until=None))


def backlog(engine: Engine, kind: str) -> tuple[int, float]:
    """How many rows of a kind are due, and for how many seconds the oldest has been."""
    age = func.extract("epoch", func.now() - func.min(DeliveryRow.due_at))
    due = select(func.count(), func.coalesce(age, 0.0)).join(Destination, Destination.id == DeliveryRow.destination_id)
    with transaction(engine) as session:
        count, seconds = session.execute(due.where(Destination.kind == kind, DeliveryRow.state == _DUE)).one()
        return int(count), max(0.0, float(seconds))


@contextmanager
def _quick_transaction(engine: Engine) -> Iterator[Session]:
    """Does not wait for the disk: what a crash of PostgreSQL may undo here is sent once more, which receivers bear."""
    with transaction(engine) as session:
        session.execute(text("SET LOCAL synchronous_commit = off"))
        yield session


def _next_row(destination_id: UUID, terms: Terms) -> Select[DeliveryRow]:
    """The oldest due row. An ordered destination waits for its head; otherwise rows that wait are passed by."""
    rows = select(DeliveryRow).where(
        DeliveryRow.destination_id == destination_id,
        DeliveryRow.state == _DUE,
        DeliveryRow.due_at <= func.now(),
        DeliveryRow.expires_at > func.now(),
    )
    if terms.live:
        rows = rows.where(DeliveryRow.created_at > func.now() - LIVE_FOR)
    if not terms.ordered:
        free = or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= func.now())
        # OR keeps PostgreSQL from joining the whole backlog with itself: only rows that are `lost` are looked up.
        rows = rows.where(free, or_(DeliveryRow.moment != Moment.LOST, ~_detect_is_due()))
    # Rows of one transaction share their due_at; the frames' times tell their order.
    read_at = cast(DeliveryRow.event["read_at"].astext, DateTime(timezone=True))
    first = rows.order_by(DeliveryRow.due_at, read_at, DeliveryRow.id).limit(1)
    return first.with_for_update(of=DeliveryRow, skip_locked=not terms.ordered)


def _detect_is_due() -> Exists:
    """A vehicle's `lost` never overtakes its `detect`, even where several lanes send."""
    first = aliased(DeliveryRow)
    same = (first.event_id == DeliveryRow.event_id, first.destination_id == DeliveryRow.destination_id)
    earlier = (first.moment == Moment.DETECT, first.state == _DUE)
    return exists().where(*same, *earlier)


def _locked(destination_id: UUID) -> Select[Destination]:
    # NO KEY UPDATE: the reactor may go on adding deliveries that refer to this row.
    return select(Destination).where(Destination.id == destination_id).with_for_update(key_share=True)


def _breaker(destination: Destination) -> Breaker:
    return Breaker(destination.failures_in_a_row, destination.open_until)


def _next_try(destination: Destination, patient: datetime) -> datetime:
    """The row that probed a broken destination is ready for the next probe: an ordered one has no other to send."""
    breaker = _breaker(destination)
    return min(patient, breaker.open_until) if breaker.broken and breaker.open_until else patient


def _write_row(row: DeliveryRow, outcome: Outcome, next_try: datetime, now: datetime) -> None:
    row.state = outcome.state
    row.last_status = outcome.status
    row.last_error = outcome.sentence
    row.answer = outcome.answer
    row.lease_until = min(next_try, row.expires_at) if outcome.state is DeliveryState.DUE else None
    row.delivered_at = now if outcome.state is DeliveryState.DELIVERED else None


def _write_destination(destination: Destination, outcome: Outcome, now: datetime, *, probe: bool) -> Change:
    before = _breaker(destination)
    after = {
        Peer.WELL: before.succeeded(),
        Peer.FAILING: before.failed(now, probe=probe),
        Peer.NOT_ASKED: before.undecided(probe=probe),
    }[outcome.peer]
    destination.failures_in_a_row, destination.open_until = after.failures, after.open_until
    if outcome.state is DeliveryState.DELIVERED:
        destination.last_success_at = now
    elif outcome.sentence:
        destination.last_error, destination.last_error_at = outcome.sentence, now
    return Change(broke=after.broken and not before.broken, recovered=before.broken and not after.broken)
