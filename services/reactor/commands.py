"""Orders to barriers, written in the transaction that stores the vehicle; a worker carries each out at most once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.reactor.store import DueDelivery
from shared.clock import Clock
from shared.db.clock import MOST_SKEW, skew, why_not_trusted
from shared.db.tables import Command, Destination
from shared.messages import CommandState, Origin
from shared.plates import skeleton
from shared.reactions import LONGEST_DEADLINE


def save_commands(session: Session, due: Sequence[DueDelivery], clock: Clock) -> set[UUID]:
    """Enters each order once; returns the destinations that got a new one.

    An order whose age cannot be told, because the clocks differ, is entered as refused. Only live cameras order.
    """
    due = [item for item in due if item.event.origin is Origin.LIVE]
    if not due:
        return set()
    wanted = select(Destination.id).where(Destination.id.in_({item.rule.destination_id for item in due}))
    existing = set(session.scalars(wanted.order_by(Destination.id).with_for_update(key_share=True, read=True)))
    refusal = why_not_trusted(skew(session, clock))
    values = [_values(session, item, refusal) for item in due if item.rule.destination_id in existing]
    if not values:
        return set()
    statement = insert(Command).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["event_id", "destination_id", "action"])
    return set(session.scalars(statement.returning(Command.destination_id)))


def _values(session: Session, item: DueDelivery, refusal: str) -> dict[str, object]:
    event = item.event
    if not refusal:
        refusal = _from_the_future(session, item)
    # A camera's clock that is a little ahead lengthens no order.
    seen = func.least(literal(event.last_seen), func.now())
    return {
        "id": uuid4(),
        "destination_id": item.rule.destination_id,
        "event_id": event.event_id,
        "reaction_id": item.rule.rule_id,
        "event": event.model_dump(mode="json"),
        "camera": item.camera.model_dump(mode="json"),
        "skeleton": skeleton(event.plate),
        "state": CommandState.REFUSED if refusal else CommandState.NEW,
        "seen_at": seen,
        "expires_at": seen + LONGEST_DEADLINE,
        "finished_at": func.clock_timestamp() if refusal else None,
        "result": refusal,
    }


def _from_the_future(session: Session, item: DueDelivery) -> str:
    """Frames bear the time of the machine that captured them, which may be another one than this."""
    ahead = skew(session, lambda: item.event.last_seen)
    return f"The camera's frames are {ahead:.1f} s ahead of the database's clock" if ahead > MOST_SKEW else ""
