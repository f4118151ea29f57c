"""How what a search finds is spread; the same filters as the list of events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query

from services.api import audit
from services.api.access import Who, allow
from services.api.deps import Db
from services.api.distribution import queries
from services.api.distribution.schemas import Distribution
from services.api.events.schemas import EventSearch
from shared.credentials import Scope

router = APIRouter(prefix="/events", tags=["events"])
Reason = Annotated[str, Header(alias="X-Platewire-Reason", max_length=200, description="why a plate is searched")]


@router.get("/distribution")
@allow(Scope.EVENTS_READ)
def get_distribution(
    asked: Annotated[EventSearch, Query()], session: Db, who: Who, reason: Reason = ""
) -> Distribution:
    """How many events a search finds, by time and by camera. Of a plate it is kept in the audit log as a search is."""
    if asked.plate:
        told = asked.told() | {"distribution": True, "reason": asked.reason or reason}
        audit.record(session, who, "event.search", asked.plate, told)
    return queries.distribution(session, asked, who)
