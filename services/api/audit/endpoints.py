"""Searching, exporting and verifying the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from services.api.access import Who, allow, still_in
from services.api.audit import queries
from services.api.audit.schemas import AuditEntries, AuditExport, AuditPage, AuditVerdict
from services.api.audit.writing import record
from services.api.deps import Db, Site, State
from services.api.errors import a_file
from shared import audit
from shared.credentials import Scope
from shared.db.session import transaction

router = APIRouter(prefix="/audit", tags=["audit"])
_MEDIA = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
LOOK_AGAIN = 1000
"""Rows after which an export looks whether who asked for it may still have it."""


@router.get("")
@allow(Scope.AUDIT_READ)
def list_audit(asked: Annotated[AuditPage, Query()], session: Db) -> AuditEntries:
    """Who did what, newest first."""
    entries, following = queries.page(session, asked)
    return AuditEntries(entries=entries, next=following)


@router.get("/export", response_class=StreamingResponse, responses=a_file(*_MEDIA.values()))
@allow(Scope.AUDIT_READ)
def export_audit(
    asked: Annotated[AuditExport, Query()], request: Request, session: Db, site: Site, who: Who
) -> StreamingResponse:
    """All that match as a file, oldest first."""
    record(session, who, "audit.export", asked.format, asked.model_dump(mode="json", exclude_none=True))
    name = {"Content-Disposition": f'attachment; filename="audit.{asked.format}"'}
    return StreamingResponse(_written(asked, request, site), media_type=_MEDIA[asked.format], headers=name)


@router.get("/verify")
@allow(Scope.AUDIT_READ)
def verify_audit(
    session: Db, head: Annotated[str, Query(pattern="^([0-9a-f]{64})?$", description="a kept hash")] = ""
) -> AuditVerdict:
    """Whether the log is whole: walks the chain from its first row."""
    found = audit.verify(session, head)
    return AuditVerdict.model_validate({**vars(found), "whole": found.whole})


def _written(asked: AuditExport, request: Request, site: State) -> Iterator[str]:
    # A transaction of its own: the request's is over when the first line leaves.
    with transaction(site.engine) as session, closing(queries.walk(session, asked)) as entries:
        lines = queries.csv_lines(entries) if asked.format == "csv" else queries.json_lines(entries)
        for number, line in enumerate(lines, 1):
            if number % LOOK_AGAIN == 0 and not still_in(request, site):
                return
            yield line
