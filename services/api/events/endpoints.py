"""Events and their pictures."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.responses import FileResponse

from services.api import audit
from services.api.access import Who, allow
from services.api.deps import Db, Site
from services.api.errors import a_file
from services.api.events import queries
from services.api.events.schemas import EventDetail, EventFilter, Events, PictureKind
from shared.credentials import Scope
from shared.errors import Missing

router = APIRouter(prefix="/events", tags=["events"])
Reason = Annotated[str, Header(alias="X-Platewire-Reason", max_length=200, description="why a plate is searched")]


@router.get("")
@allow(Scope.EVENTS_READ)
def list_events(asked: Annotated[EventFilter, Query()], session: Db, who: Who, reason: Reason = "") -> Events:
    """Events, newest first. A search for a plate is kept in the audit log, with the reason if one is given."""
    rows, following = queries.page(session, asked, who)
    if asked.plate and not asked.cursor:
        audit.record(session, who, "event.search", asked.plate, asked.told() | {"reason": asked.reason or reason})
    return Events(events=queries.cards(session, rows), next=following)


@router.get("/{event_id}")
@allow(Scope.EVENTS_READ)
def get_event(event_id: UUID, session: Db, who: Who) -> EventDetail:
    """One event with its characters, deliveries, orders to barriers, notes and tags."""
    return queries.detail(session, queries.event(session, event_id, who), who)


@router.get("/{event_id}/{kind}.jpg", response_class=FileResponse, responses=a_file("image/jpeg", "image/png"))
@allow(Scope.EVENTS_READ)
def get_event_picture(event_id: UUID, kind: PictureKind, session: Db, site: Site, who: Who) -> FileResponse:
    """The frame that was read, or the plate cut out of it."""
    row = queries.event(session, event_id, who)
    path = site.media.path(row.frame_key if kind == "frame" else row.crop_key)
    if not path.is_file():
        raise Missing("picture of event", event_id)
    media_type = "image/png" if path.suffix == ".png" else "image/jpeg"
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "private, max-age=86400"})
