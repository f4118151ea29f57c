"""Exports of events: ask, look how far it is, fetch the file."""

from __future__ import annotations

import logging
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import FileResponse

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.deps import Db, Site
from services.api.errors import a_file, refuses
from services.api.exports import queries
from services.api.exports.schemas import ExportIn, ExportOut, Exports
from services.api.exports.storage import ExportFiles
from services.api.repeats import OnceRoute, once
from shared.credentials import Scope
from shared.db.session import transaction
from shared.errors import Missing
from shared.jobs import WRITE_EXPORT, enqueue_once, list_queue
from shared.streams import REDIS_DOWN

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/exports", tags=["exports"], route_class=OnceRoute)
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


@router.post("", status_code=202)
@allow(Scope.EVENTS_READ)
@once
def start_export(asked: Body[ExportIn], site: Site, who: Who) -> ExportOut:
    """Has a search, or the events that are chosen, written to a file: a table, or each event with its pictures."""
    with transaction(site.engine) as session:
        row = queries.add(session, asked, who)
        told = {"format": row.form, "query": asked.query, "ids": len(asked.ids or ()), "reason": asked.reason}
        audit.record(session, who, "event.export", str(row.id), told)
    try:
        enqueue_once(list_queue(site.events), WRITE_EXPORT, str(row.id))
    except REDIS_DOWN:
        logger.warning("export waits for Redis", extra={"export": str(row.id)})
    return ExportOut.of_row(row)


@router.get("")
@allow(Scope.EVENTS_READ)
def list_exports(session: Db, who: Who) -> Exports:
    """Your exports of the last day, newest first."""
    return Exports(exports=[ExportOut.of_row(row) for row in queries.own(session, who)])


@router.get("/{export_id}")
@allow(Scope.EVENTS_READ)
def get_export(export_id: UUID, session: Db, who: Who) -> ExportOut:
    """How far an export is."""
    return ExportOut.of_row(queries.one(session, export_id, who))


@router.get("/{export_id}/file", response_class=FileResponse, responses=a_file(*MEDIA.values()) | refuses(409))
@allow(Scope.EVENTS_READ)
def get_export_file(export_id: UUID, session: Db, site: Site, who: Who) -> FileResponse:
    """The file of an export that is done; it is there for a day."""
    row = queries.written(session, export_id, who)
    path = ExportFiles.of(site.settings.data_dir).whole(export_id)
    if not path.is_file():
        raise Missing("file of export", export_id)
    audit.record(session, who, "event.export.fetch", str(export_id), {"sha256": row.sha256})
    name = f"platewire-events-{row.created_at:%Y%m%dT%H%M%SZ}.{row.form}"
    return FileResponse(path, media_type=MEDIA[row.form], filename=name, headers={"Cache-Control": "no-store"})


@router.delete("/{export_id}", status_code=204)
@allow(Scope.EVENTS_READ)
def delete_export(export_id: UUID, session: Db, site: Site, who: Who) -> None:
    """Deletes an export with its file, also one that is being written."""
    session.delete(queries.one(session, export_id, who))
    session.flush()
    audit.record(session, who, "event.export.delete", str(export_id))
    ExportFiles.of(site.settings.data_dir).whole(export_id).unlink(missing_ok=True)
