"""Reads events and what belongs to them; finding them is the work of services.api.search."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.api.access import Identity, visible
from services.api.events.schemas import (
    NOTHING_TOLD,
    CommandCard,
    DeliveryCard,
    EventDetail,
    EventFilter,
    EventOut,
    NoteOut,
    Told,
)
from services.api.paging import open_place, seal_place
from services.api.search import pages
from services.api.search.pages import Slice
from shared.db.tables import Command, DeliveryRow, Destination, EventNote, EventRow, EventTag
from shared.errors import Invalid, Missing


def page(session: Session, asked: EventFilter, who: Identity) -> tuple[list[EventRow], str | None]:
    """One page of what `who` may see, and the cursor of the next. Raises Invalid."""
    after = open_place(asked.cursor) if asked.cursor else None
    with _named("plate", instead_of="text"):
        rows, following = pages.page(session, asked.criteria(), Slice(asked.limit, after), visible(who))
    return rows, seal_place(*following) if following else None


def event(session: Session, event_id: UUID, who: Identity) -> EventRow:
    """Raises Missing, also for one that `who` may not see."""
    found = session.scalar(select(EventRow).where(EventRow.event_id == event_id, *visible(who)))
    if found is None:
        raise Missing("event", event_id)
    return found


def cards(session: Session, rows: Sequence[EventRow]) -> list[EventOut]:
    """Events as lists show them, in the same order."""
    found = told(session, [row.event_id for row in rows])
    return [EventOut.of_row(row, found.get(row.event_id, NOTHING_TOLD)) for row in rows]


def detail(session: Session, row: EventRow, who: Identity) -> EventDetail:
    """Everything about one event."""
    notes = select(EventNote).where(EventNote.event_id == row.event_id).order_by(EventNote.created_at, EventNote.id)
    of_it = told(session, [row.event_id]).get(row.event_id, NOTHING_TOLD)
    found = [NoteOut.model_validate(note) for note in session.scalars(notes)]
    together = session.scalar(select(func.count()).where(*corrected_together(row, who))) or 0 if row.as_read else 0
    return EventDetail.of_row(row, of_it, found, together)


def corrected_together(row: EventRow, who: Identity) -> list[ColumnElement[bool]]:
    """Of the events that were corrected with this one; the few that are corrected stand in an index of their own."""
    assert row.as_read is not None
    correction = EventRow.as_read["correction_id"].astext
    return [EventRow.as_read.is_not(None), correction == row.as_read["correction_id"], *visible(who)]


def told(session: Session, events: Sequence[UUID]) -> dict[UUID, Told]:
    """Who was told of these events, what was ordered because of them, their tags; nothing where there is none."""
    deliveries, commands, tags = _deliveries(session, events), _commands(session, events), _tags(session, events)
    found = deliveries.keys() | commands.keys() | tags.keys()
    return {event: Told(deliveries.get(event, ()), commands.get(event, ()), tags.get(event, ())) for event in found}


def _tags(session: Session, events: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    query = select(EventTag.event_id, EventTag.tag).where(EventTag.event_id.in_(events)).order_by(EventTag.tag)
    for event_id, tag in session.execute(query):
        found[event_id].append(tag)
    return found


def _commands(session: Session, events: Sequence[UUID]) -> dict[UUID, list[CommandCard]]:
    query = select(Command, Destination.name).join(Destination, Destination.id == Command.destination_id)
    found: dict[UUID, list[CommandCard]] = defaultdict(list)
    for row, name in session.execute(query.where(Command.event_id.in_(events)).order_by(Command.issued_at, Command.id)):
        values = {field: getattr(row, field) for field in CommandCard.model_fields if hasattr(row, field)}
        assert row.event_id is not None
        found[row.event_id].append(CommandCard.model_validate({**values, "command_id": row.id, "destination": name}))
    return found


def _deliveries(session: Session, events: Sequence[UUID]) -> dict[UUID, list[DeliveryCard]]:
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


@contextmanager
def _named(field: str, *, instead_of: str) -> Iterator[None]:
    """A wrong value is blamed on the name that this API gives it."""
    try:
        yield
    except Invalid as error:
        raise Invalid(str(error), field if error.field == instead_of else error.field) from None
