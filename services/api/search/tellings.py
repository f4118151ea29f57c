"""What was done about events: which reactions fired, and how far telling their destinations has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.tables import DeliveryRow, Destination, ReactionRule


@dataclass(frozen=True)
class Done:
    """One delivery; `reaction` is None when the reaction was taken away since."""

    destination: str
    kind: str
    moment: str
    state: str
    reaction: str | None


def done_about(session: Session, events: Sequence[UUID]) -> dict[UUID, list[Done]]:
    """By event, oldest delivery first."""
    query = (
        select(
            DeliveryRow.event_id,
            Destination.name,
            Destination.kind,
            DeliveryRow.moment,
            DeliveryRow.state,
            ReactionRule.name,
        )
        .join(Destination, Destination.id == DeliveryRow.destination_id)
        .outerjoin(ReactionRule, ReactionRule.id == DeliveryRow.reaction_id)
        .where(DeliveryRow.event_id.in_(events))
        .order_by(DeliveryRow.created_at, DeliveryRow.id)
    )
    found: dict[UUID, list[Done]] = defaultdict(list)
    for event_id, *told in session.execute(query):
        found[event_id].append(Done(*told))
    return found
