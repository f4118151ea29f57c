"""Finds events: newest first by keyset, plates through the dictionary of distinct plates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import Session

from services.api.access import Identity, visible
from services.api.events.schemas import DeliveryCard, EventFilter
from services.api.paging import open_place, seal_place
from shared.db.tables import DeliveryRow, Destination, EventRow, Plate
from shared.errors import Invalid, Missing
from shared.plates import grams, normalise
from shared.reactions import NONE

_PATTERN = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_", "?": "_", "*": "%"})


def page(session: Session, asked: EventFilter, who: Identity) -> tuple[list[EventRow], str | None]:
    """One page of what `who` may see, and the cursor of the next. Raises Invalid."""
    newest = (EventRow.captured_at.desc(), EventRow.event_id.desc())
    query = select(EventRow).where(*visible(who), *_conditions(asked)).order_by(*newest).limit(asked.limit + 1)
    rows = list(session.scalars(query))
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    return rows, seal_place(rows[-1].captured_at, rows[-1].event_id) if more else None


def event(session: Session, event_id: UUID, who: Identity) -> EventRow:
    """Raises Missing, also for one that `who` may not see."""
    found = session.scalar(select(EventRow).where(EventRow.event_id == event_id, *visible(who)))
    if found is None:
        raise Missing("event", event_id)
    return found


def deliveries(session: Session, events: Sequence[UUID]) -> dict[UUID, list[DeliveryCard]]:
    """What was told of these events, oldest first."""
    query = (
        select(DeliveryRow, Destination)
        .join(Destination, Destination.id == DeliveryRow.destination_id)
        .where(DeliveryRow.event_id.in_(events))
        .order_by(DeliveryRow.created_at, DeliveryRow.id)
    )
    found: dict[UUID, list[DeliveryCard]] = defaultdict(list)
    for row, destination in session.execute(query):
        found[row.event_id].append(_card(row, destination))
    return found


def _card(row: DeliveryRow, destination: Destination) -> DeliveryCard:
    values = {name: getattr(row, name) for name in DeliveryCard.model_fields if hasattr(row, name)}
    return DeliveryCard.model_validate(
        {**values, "delivery_id": row.id, "destination": destination.name, "kind": destination.kind}
    )


def _conditions(asked: EventFilter) -> list[ColumnElement[bool]]:
    found = [*_time_conditions(asked), *_plate_conditions(asked)]
    if asked.unread != "with":
        found.append(EventRow.unread != "" if asked.unread == "only" else EventRow.unread == "")
    if asked.camera:
        found.append(EventRow.camera_id == asked.camera)
    if asked.direction:
        found.append(EventRow.direction == asked.direction.value)
    if asked.country:
        found.append(EventRow.country == asked.country.upper())
    if asked.min_confidence is not None:
        found.append(EventRow.confidence >= asked.min_confidence)
    return found


def _time_conditions(asked: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.since:
        found.append(EventRow.captured_at >= asked.since)
    if asked.until:
        found.append(EventRow.captured_at < asked.until)
    if asked.cursor:
        found.append(tuple_(EventRow.captured_at, EventRow.event_id) < tuple_(*open_place(asked.cursor)))
    return found


def _plate_conditions(asked: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.list == NONE:
        found.append(EventRow.lists == [])
    elif asked.list:
        found.append(EventRow.lists.contains([asked.list]))
    if asked.plate and (part := normalise(asked.plate)):
        if not any(letter.isalnum() for letter in part):
            raise Invalid("A search needs at least one letter or digit", "plate")
        found.append(EventRow.plate.in_(_plates_with(part)))
    return found


def _plates_with(part: str) -> Select[str]:
    """Plates that hold this part: found by its grams in the index, then looked at in full."""
    like = Plate.plate.like(f"%{part.translate(_PATTERN)}%", escape="\\")
    needed = sorted({gram for run in re.split(r"[?*]", part) for gram in grams(run)})
    return select(Plate.plate).where(Plate.grams.contains(needed), like)
