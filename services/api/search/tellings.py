"""What was done about events: which reactions fired, and how far telling their destinations has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

# Written out, because each search asks it, and building it costs more than running it.
_ABOUT = text(
    """
    SELECT d.event_id, destinations.name, destinations.kind, d.moment, d.state, reactions.name
    FROM deliveries d JOIN destinations ON destinations.id = d.destination_id
    LEFT JOIN reactions ON reactions.id = d.reaction_id
    WHERE d.event_id = ANY(:events) ORDER BY d.created_at, d.id
    """
)


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
    found: dict[UUID, list[Done]] = defaultdict(list)
    for event_id, *told in session.execute(_ABOUT, {"events": list(events)}):
        found[event_id].append(Done(*told))
    return found
