"""Deletes old rows of the database in small batches, each a transaction of its own, so that nobody waits for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Row, delete, exists, func, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import SQLColumnExpression

from shared import seen_plates
from shared.db.session import transaction
from shared.db.tables import Command, DeliveryRow, EventNote, EventRow, EventTag
from shared.db.tables.marks import KEEP
from shared.messages import CommandState, DeliveryState

BATCH = 500
_UNDER_WAY = (CommandState.NEW.value, CommandState.SENT.value)


def held(event_id: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Whether the event has the tag that keeps it."""
    return exists().where(EventTag.event_id == event_id, EventTag.tag == KEEP)


def delete_events(engine: Engine, wanted: ColumnElement[bool]) -> Iterator[int]:
    """Deletes the events that match and are not held, with all that belongs to them; yields how many went."""
    while True:
        with transaction(engine) as session:
            rows = _locked(session, wanted)
            gone = _gone(session, rows)
        if not rows:
            return
        yield gone


def _locked(session: Session, wanted: ColumnElement[bool]) -> list[Row[UUID, datetime, str]]:
    found = select(EventRow.event_id, EventRow.captured_at, EventRow.plate).where(wanted, ~held(EventRow.event_id))
    # Whoever is at work on one has it for now; it is old enough to wait for tomorrow.
    query = found.order_by(EventRow.captured_at).limit(BATCH).with_for_update(skip_locked=True)
    return list(session.execute(query))


def _gone(session: Session, rows: list[Row[UUID, datetime, str]]) -> int:
    ids = [row.event_id for row in rows]
    # Locked now: a tag that was added between looking and locking is seen, and a later one finds no event.
    kept = set(session.scalars(select(EventTag.event_id).where(EventTag.event_id.in_(ids), EventTag.tag == KEEP)))
    going = [(row.event_id, row.captured_at) for row in rows if row.event_id not in kept]
    session.execute(delete(EventRow).where(tuple_(EventRow.event_id, EventRow.captured_at).in_(going)))
    for table in (EventNote, EventTag):
        session.execute(delete(table).where(table.event_id.in_([event_id for event_id, _ in going])))
    counts = Counter(row.plate for row in rows if row.plate and row.event_id not in kept)
    seen_plates.count(session, {plate: -n for plate, n in counts.items()}, {})
    return len(going)


def delete_deliveries(engine: Engine, cutoff: datetime) -> Iterator[int]:
    """Those of events that are held stay, and what is still to be sent."""
    old = select(DeliveryRow.id).where(
        DeliveryRow.created_at < cutoff,
        DeliveryRow.state != DeliveryState.DUE.value,
        ~held(DeliveryRow.event_id),
    )
    while True:
        with transaction(engine) as session:
            some = old.order_by(DeliveryRow.created_at).limit(BATCH).with_for_update(skip_locked=True)
            ids = session.scalars(some).all()
            session.execute(delete(DeliveryRow).where(DeliveryRow.id.in_(ids)))
        if not ids:
            return
        yield len(ids)


def delete_commands(engine: Engine, cutoff: datetime) -> Iterator[int]:
    """Orders to barriers that are over."""
    over = Command.issued_at < cutoff, Command.state.not_in(_UNDER_WAY), ~held(Command.event_id)
    old = select(Command.id).where(*over)
    while True:
        with transaction(engine) as session:
            some = old.order_by(Command.issued_at).limit(BATCH).with_for_update(skip_locked=True)
            ids = session.scalars(some).all()
            session.execute(delete(Command).where(Command.id.in_(ids)))
        if not ids:
            return
        yield len(ids)


def forget_audit(engine: Engine, cutoff: datetime) -> Iterator[int]:
    """The oldest rows of the audit log; the newest always stays (migration 0015)."""
    while True:
        with transaction(engine) as session:
            gone = session.scalar(select(func.audit_forget(cutoff, BATCH))) or 0
        if not gone:
            return
        yield gone
