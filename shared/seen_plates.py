"""Keeps the dictionary of distinct plates in step with the events, for whoever gives an event its plate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db.tables import Plate
from shared.plates import grams, skeleton


def count(session: Session, changes: Mapping[str, int], seen: Mapping[str, Sequence[datetime]]) -> None:
    """Counts events by plate. In the plates' order, so that writers never deadlock.

    Args:
        changes: events more or less, by plate.
        seen: when vehicles with a plate were seen; one that the dictionary lacks is added.
    """
    for plate in sorted({*changes, *seen}):
        if plate in seen:
            _upsert(session, plate, changes.get(plate, 0), seen[plate])
        else:
            session.execute(update(Plate).where(Plate.plate == plate).values(events=Plate.events + changes[plate]))
    session.execute(delete(Plate).where(Plate.plate.in_([p for p in changes if changes[p] < 0]), Plate.events <= 0))


def _upsert(session: Session, plate: str, more: int, seen: Sequence[datetime]) -> None:
    values = {"plate": plate, "skeleton": skeleton(plate), "grams": grams(plate), "events": more}
    statement = insert(Plate).values(values | {"first_seen": min(seen), "last_seen": max(seen)})
    merged = {
        "first_seen": func.least(Plate.first_seen, statement.excluded.first_seen),
        "last_seen": func.greatest(Plate.last_seen, statement.excluded.last_seen),
        "events": Plate.events + statement.excluded.events,
    }
    session.execute(statement.on_conflict_do_update(index_elements=["plate"], set_=merged))
