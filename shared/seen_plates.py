"""Keeps the dictionary of distinct plates in step with the events, for whoever gives an event its plate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from shared.db.tables import Plate
from shared.plates import grams, skeleton

# Of a plate that is only counted down: neither moves what is stored, and a row that was not there is deleted at once.
_NEVER = (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


def count(session: Session, changes: Mapping[str, int], seen: Mapping[str, Sequence[datetime]]) -> None:
    """Counts events by plate. In the plates' order, so that writers never deadlock.

    Args:
        changes: events more or less, by plate.
        seen: when vehicles with a plate were seen; one that the dictionary lacks is added.
    """
    every = sorted(changes.keys() | seen.keys())
    if every:
        values = [_values(plate, changes.get(plate, 0), seen.get(plate, _NEVER)) for plate in every]
        session.connection().execute(_SAVE, values)
    if fewer := [plate for plate, change in changes.items() if change < 0]:
        session.execute(delete(Plate).where(Plate.plate.in_(fewer), Plate.events <= 0))


def _values(plate: str, more: int, seen: Sequence[datetime]) -> dict[str, object]:
    first, last = (seen[0], seen[1]) if seen is _NEVER else (min(seen), max(seen))
    known = {"plate": plate, "skeleton": skeleton(plate), "grams": grams(plate)}
    return {**known, "events": more, "first_seen": first, "last_seen": last}


def _save() -> Insert:
    statement = insert(Plate)
    merged = {
        "first_seen": func.least(Plate.first_seen, statement.excluded.first_seen),
        "last_seen": func.greatest(Plate.last_seen, statement.excluded.last_seen),
        "events": Plate.events + statement.excluded.events,
    }
    return statement.on_conflict_do_update(index_elements=["plate"], set_=merged)


# Built once: it runs for every batch of reads, and what is built anew is compiled anew.
_SAVE = _save()
