"""Adds notes to events and takes them away."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.api.access import Identity
from services.api.events.queries import event
from shared.db.tables import EventNote
from shared.errors import Conflict, Missing

MOST = 100


def add(session: Session, event_id: UUID, text: str, who: Identity) -> EventNote:
    """Raises Missing, Conflict."""
    row = event(session, event_id, who)
    if (session.scalar(select(func.count()).where(EventNote.event_id == event_id)) or 0) >= MOST:
        raise Conflict(f"An event has at most {MOST} notes")
    note = EventNote(event_id=event_id, captured_at=row.captured_at, text=text, actor=who.actor)
    session.add(note)
    session.flush()
    return note


def remove(session: Session, event_id: UUID, note_id: UUID, who: Identity) -> EventNote:
    """The note that was. Raises Missing."""
    event(session, event_id, who)
    note = session.get(EventNote, note_id)
    if note is None or note.event_id != event_id:
        raise Missing("note", note_id)
    session.delete(note)
    return note
