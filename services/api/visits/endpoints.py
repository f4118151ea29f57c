"""Earlier visits of an event's vehicle, and of any plate."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header

from services.api import audit
from services.api.access import Who, allow
from services.api.deps import Db
from services.api.events.queries import event
from services.api.visits import queries
from services.api.visits.schemas import Visits
from shared.credentials import Scope
from shared.errors import Invalid
from shared.plates import is_pattern, parse_entry

router = APIRouter(tags=["events"])
Reason = Annotated[str, Header(alias="X-Platewire-Reason", max_length=200, description="why it is looked up")]


@router.get("/events/{event_id}/visits")
@allow(Scope.EVENTS_READ)
def get_event_visits(event_id: UUID, session: Db, who: Who) -> Visits:
    """When and where the vehicle of an event was seen, this event included; nothing for one without a plate."""
    return queries.visits(session, event(session, event_id, who).plate, who)


@router.get("/plates/{plate}")
@allow(Scope.EVENTS_READ)
def get_plate(plate: str, session: Db, who: Who, reason: Reason = "") -> Visits:
    """When and where a plate was seen. It is kept in the audit log, with the reason if one is given."""
    found = parse_entry(plate)
    if is_pattern(found):
        raise Invalid("A plate has no wildcards; search the events for them", "plate")
    audit.record(session, who, "event.search", found, {"mode": "exact", "visits": True, "reason": reason})
    return queries.visits(session, found, who)
