"""Why something happened because of an event, or did not."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.access import Who, allow
from services.api.decisions.schemas import DecisionOut
from services.api.decisions.words import story
from services.api.deps import Db
from services.api.events import queries
from services.api.events.schemas import NOTHING_TOLD, EventDetail
from shared.credentials import Scope
from shared.rules.trace import opened
from shared.site import TimeZone, load

router = APIRouter(prefix="/events", tags=["events"])


@router.get("/{event_id}/decision")
@allow(Scope.EVENTS_READ)
def get_event_decision(event_id: UUID, session: Db, who: Who) -> DecisionOut:
    """What was read, on which lists the plate was, each rule with why it fired or not, what was told and ordered."""
    row = queries.event(session, event_id, who)
    told = queries.told(session, [event_id])
    event = EventDetail.of_row(row, told.get(event_id, NOTHING_TOLD))
    rounds = opened(row.decision)
    return DecisionOut.of(event, rounds, story(event, rounds, load(session, TimeZone).zone))
