"""Notes at events; an event shows them with everything else about it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.deps import Db
from services.api.events.schemas import NoteOut
from services.api.notes import queries
from services.api.notes.schemas import NoteIn
from services.api.repeats import OnceRoute, once
from shared.credentials import Scope

router = APIRouter(prefix="/events/{event_id}/notes", tags=["events"], route_class=OnceRoute)


@router.post("", status_code=201)
@allow(Scope.EVENTS_WRITE)
@once
def add_note(event_id: UUID, asked: Body[NoteIn], session: Db, who: Who) -> NoteOut:
    """Adds a note to an event; it goes with the event."""
    note = queries.add(session, event_id, asked.text, who)
    audit.record(session, who, "event.note.add", str(event_id), {"note": str(note.id)})
    return NoteOut.model_validate(note)


@router.delete("/{note_id}", status_code=204)
@allow(Scope.EVENTS_WRITE)
def delete_note(event_id: UUID, note_id: UUID, session: Db, who: Who) -> None:
    """Takes a note away; the audit log keeps who wrote it and who took it away."""
    note = queries.remove(session, event_id, note_id, who)
    audit.record(session, who, "event.note.delete", str(event_id), {"note": str(note_id), "of": note.actor})
