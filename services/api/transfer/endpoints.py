"""Imports and exports of a list: upload, look at the plan, confirm; and the list as a file."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from services.api import audit
from services.api.access import Who, allow, still_in
from services.api.deps import Db, Site, State, state_of
from services.api.errors import SignInNeeded, a_file, refuses
from services.api.lists.queries import named
from services.api.paging import Limit
from services.api.repeats import OnceRoute, once
from services.api.transfer import queries
from services.api.transfer.body import LIST_BODY, MAX_BODY, Upload
from services.api.transfer.mapping import parse_choices
from services.api.transfer.schemas import ImportDetail, ImportOptions, ImportOut, ImportsOut, Progress
from services.api.transfer.storage import ImportFiles
from services.api.transfer.tables import Form
from services.api.transfer.writing import MEDIA_TYPES, SUFFIXES, write
from shared.credentials import Scope
from shared.db.session import transaction
from shared.errors import Conflict, PlatewireError
from shared.jobs import APPLY_IMPORT, PLAN_IMPORT, enqueue_once, job_of, list_queue
from shared.streams import REDIS_DOWN

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/lists/{name}", tags=["lists"], route_class=OnceRoute)
LOOK_AGAIN = 1.0
"""Seconds between two looks whether who downloads a list still may."""
_STEPS = {"planning": PLAN_IMPORT, "applying": APPLY_IMPORT}


@router.post("/imports", status_code=202, openapi_extra=LIST_BODY, max_body_size=MAX_BODY)
@allow(Scope.LISTS_WRITE)
@once
def start_import(
    name: str, options: Annotated[ImportOptions, Query()], uploaded: Upload, site: Site, who: Who
) -> ImportOut:
    """Takes up a file (CSV, XLSX, JSON, plain text) and plans its import; nothing is written before it is confirmed."""
    try:
        parse_choices(options.map)
        with transaction(site.engine) as session:
            queries.add_import(session, name, uploaded.import_id, options, (who.actor, uploaded.name))
            audit.record(session, who, "list.import.plan", name, {"import": str(uploaded.import_id)})
    except PlatewireError:
        ImportFiles.of(site.settings.data_dir).discard(uploaded.import_id)
        raise
    return _begun(site, name, uploaded.import_id)


@router.get("/imports")
@allow(Scope.LISTS_READ)
def list_imports(name: str, session: Db, limit: Limit = 20) -> ImportsOut:
    """The list's imports, newest first."""
    return ImportsOut(imports=[ImportOut.of_row(row, name) for row in queries.recent(session, name, limit)])


@router.get("/imports/{import_id}")
@allow(Scope.LISTS_READ)
def get_import(name: str, import_id: UUID, session: Db, site: Site) -> ImportDetail:
    """How far an import is, and the report of its plan."""
    row = queries.one(session, name, import_id)
    return ImportDetail.of_row(row, name, _progress(site, row.state, import_id))


@router.post("/imports/{import_id}/confirm", status_code=202)
@allow(Scope.LISTS_WRITE)
@once
def confirm_import(name: str, import_id: UUID, site: Site, who: Who) -> ImportOut:
    """Has a planned import applied, whole or not at all; 409 when the list changed since it was planned."""
    with transaction(site.engine) as session:
        row = queries.one(session, name, import_id, change=True)
        as_planned = queries.confirm(session, row, who.actor)
    if not as_planned:
        raise Conflict(row.sentence)
    return _begun(site, name, import_id)


@router.post("/imports/{import_id}/plan", status_code=202)
@allow(Scope.LISTS_WRITE)
@once
def replan_import(name: str, import_id: UUID, site: Site, who: Who) -> ImportOut:
    """Plans an import anew with the list as it is now."""
    with transaction(site.engine) as session:
        queries.plan_again(queries.one(session, name, import_id, change=True))
        audit.record(session, who, "list.import.plan", name, {"import": str(import_id)})
    return _begun(site, name, import_id)


@router.delete("/imports/{import_id}", status_code=204)
@allow(Scope.LISTS_WRITE)
def discard_import(name: str, import_id: UUID, site: Site, who: Who) -> None:
    """Gives an import up: its file goes, the list stays as it is."""
    with transaction(site.engine) as session:
        queries.discard(queries.one(session, name, import_id, change=True))
        audit.record(session, who, "list.import.discard", name, {"import": str(import_id)})
    ImportFiles.of(site.settings.data_dir).discard(import_id)


@router.get("/exports", response_class=StreamingResponse, responses=a_file(*MEDIA_TYPES.values()) | refuses(409))
@allow(Scope.LISTS_READ)
def export_list(
    name: str,
    request: Request,
    session: Db,
    who: Who,
    form: Annotated[Form, Query(alias="format", description="of the file")] = Form.CSV,
) -> StreamingResponse:
    """The whole list as a file that an import reads again without a change."""
    found = named(session, name)
    if form is Form.XLSX and queries.fills_more_than_a_sheet(session, found.id):
        raise Conflict("The list has more entries than a sheet has rows; export it as CSV")
    audit.record(session, who, "list.export", name, {"format": form.value})
    file_name = quote(f"{name}.{SUFFIXES[form]}", safe="")
    return StreamingResponse(
        _written(form, found.id, request),
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{file_name}", "Cache-Control": "no-store"},
    )


def _written(form: Form, list_id: UUID, request: Request) -> Iterator[bytes]:
    """Ends when the access ends, and with an error: half a list must not pass for a whole one."""
    site, looked = state_of(request), time.monotonic()
    with closing(queries.stream_entries(site.engine, list_id)) as entries:
        for piece in write(form, entries):
            if time.monotonic() - looked > LOOK_AGAIN:
                looked = time.monotonic()
                if not still_in(request, site):
                    raise SignInNeeded("The access ended while the list was written")
            yield piece


def _begun(site: State, name: str, import_id: UUID) -> ImportOut:
    """Starts the step that the import waits for. Without Redis it is started when Redis is back."""
    with transaction(site.engine) as session:
        row = queries.one(session, name, import_id)
    if step := _STEPS.get(row.state):
        try:
            enqueue_once(list_queue(site.events), step, str(import_id))
        except REDIS_DOWN:
            logger.warning("import waits for Redis", extra={"import": str(import_id)})
    return ImportOut.of_row(row, name)


def _progress(site: State, state: str, import_id: UUID) -> Progress | None:
    step = _STEPS.get(state)
    if step is None:
        return None
    try:
        job = job_of(list_queue(site.events), step, str(import_id))
    except REDIS_DOWN:
        return None
    return Progress.model_validate(job.get_meta()) if job and job.get_meta() else Progress(sentence="Waits")
