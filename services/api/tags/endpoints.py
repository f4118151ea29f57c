"""Tags at events, and the site's set of them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, allow
from services.api.deps import Db
from services.api.tags import queries
from services.api.tags.schemas import EventTags, Tags
from shared.credentials import Scope

router = APIRouter(tags=["events"])


@router.get("/tags")
@allow(Scope.EVENTS_READ)
def list_tags(session: Db, who: Who) -> Tags:
    """All tags with how many events have each. `keep` holds an event back from being deleted by age."""
    return queries.all_tags(session, who)


@router.put("/events/{event_id}/tags/{tag}")
@allow(Scope.EVENTS_WRITE)
def add_tag(event_id: UUID, tag: str, session: Db, who: Who) -> EventTags:
    """Gives an event a tag; that it has it already is no mistake."""
    word = queries.word_of(tag)
    if queries.add(session, event_id, word, who):
        audit.record(session, who, "event.tag.add", str(event_id), {"tag": word})
    return EventTags(tags=queries.of_event(session, event_id))


@router.delete("/events/{event_id}/tags/{tag}")
@allow(Scope.EVENTS_WRITE)
def delete_tag(event_id: UUID, tag: str, session: Db, who: Who) -> EventTags:
    """Takes a tag from an event; that it has it not is no mistake."""
    word = queries.word_of(tag)
    if queries.remove(session, event_id, word, who):
        audit.record(session, who, "event.tag.delete", str(event_id), {"tag": word})
    return EventTags(tags=queries.of_event(session, event_id))
