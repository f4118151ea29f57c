"""Correcting what was read of an event, taking that back, and what else was misread in the same way."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.corrections import queries
from services.api.corrections.schemas import Corrected, CorrectionIn, LookAlikes
from services.api.deps import Db
from services.api.events.queries import detail, event
from shared.credentials import Scope

router = APIRouter(prefix="/events/{event_id}", tags=["events"])
Together = Annotated[bool, Query(description="also for the events that were corrected with it")]


@router.put("/correction")
@allow(Scope.EVENTS_WRITE, Scope.EVENTS_READ)
def correct_event(event_id: UUID, asked: Body[CorrectionIn], session: Db, who: Who) -> Corrected:
    """Says what the plate really was. Lists are matched anew; nothing is opened or told, for the vehicle is gone."""
    rows = queries.correct(session, event_id, asked, who)
    first = rows[0]
    told = {"read": queries.reading(first), "plate": first.plate, "events": queries.spelled(rows)}
    audit.record(session, who, "event.correct", str(event_id), told)
    others = queries.look_alikes(session, first, who)
    return Corrected(
        event=detail(session, first, who),
        together=len(rows),
        look_alikes=others,
        alias=queries.alias(session, first, max(others.total, len(rows) - 1)),
    )


@router.delete("/correction", status_code=204)
@allow(Scope.EVENTS_WRITE)
def undo_correction(event_id: UUID, session: Db, who: Who, together: Together = False) -> None:
    """Takes a correction back: the event has again what was read, and the lists that named that."""
    rows = queries.undo(session, event_id, who, together=together)
    told = {"read": rows[0].plate, "events": queries.spelled(rows)}
    audit.record(session, who, "event.correct.undo", str(event_id), told)


@router.get("/look-alikes")
@allow(Scope.EVENTS_READ)
def list_look_alikes(event_id: UUID, session: Db, who: Who) -> LookAlikes:
    """Other events of the last 90 days with the same reading that nobody corrected."""
    return queries.look_alikes(session, event(session, event_id, who), who)
