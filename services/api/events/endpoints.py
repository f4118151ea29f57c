"""Events and their pictures."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from services.api.access import allow
from services.api.deps import Db, Site
from services.api.events import queries
from services.api.events.schemas import EventDetail, EventFilter, EventOut, Events, PictureKind
from shared.credentials import Scope
from shared.errors import Missing

router = APIRouter(prefix="/events", tags=["events"])


@router.get("")
@allow(Scope.EVENTS_READ)
def list_events(asked: Annotated[EventFilter, Query()], session: Db) -> Events:
    """Events, newest first."""
    rows, following = queries.page(session, asked)
    told = queries.deliveries(session, [row.event_id for row in rows])
    return Events(events=[EventOut.of_row(row, told.get(row.event_id, ())) for row in rows], next=following)


@router.get("/{event_id}")
@allow(Scope.EVENTS_READ)
def get_event(event_id: UUID, session: Db) -> EventDetail:
    """One event with its characters and deliveries."""
    row = queries.event(session, event_id)
    return EventDetail.of_row(row, queries.deliveries(session, [event_id]).get(event_id, ()))


@router.get("/{event_id}/{kind}.jpg", response_class=FileResponse)
@allow(Scope.EVENTS_READ)
def get_event_picture(event_id: UUID, kind: PictureKind, session: Db, site: Site) -> FileResponse:
    """The frame that was read, or the plate cut out of it."""
    row = queries.event(session, event_id)
    path = site.media.path(row.frame_key if kind == "frame" else row.crop_key)
    if not path.is_file():
        raise Missing("picture of event", event_id)
    media_type = "image/png" if path.suffix == ".png" else "image/jpeg"
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "private, max-age=86400"})
