"""Begins exports again that a killed process or a lost Redis left behind, and takes away what is older than a day."""

from __future__ import annotations

import logging
from datetime import timedelta

import redis
from sqlalchemy import Engine, delete, func, select

from services.api.exports.schemas import KEPT
from services.api.exports.storage import ExportFiles
from services.api.transfer.work import lock
from shared.db.session import transaction
from shared.db.tables import EventExport
from shared.jobs import WRITE_EXPORT, enqueue_once, list_queue, waits

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=10)
MOST_ATTEMPTS = 3
_FAULT = "This failed each time it was tried; the log of the service says why"


def begin_again(engine: Engine, client: redis.Redis, patience: timedelta = PATIENCE) -> None:
    """Enqueues exports that nobody is at and that do not wait their turn; after some attempts one is given up."""
    jobs = list_queue(client)
    waiting = select(EventExport).where(EventExport.state == "waiting", EventExport.changed_at < func.now() - patience)
    with transaction(engine) as session:
        rows = session.scalars(waiting.with_for_update(skip_locked=True).limit(20)).all()
        lost = [row for row in rows if lock(session, row.id) and not waits(jobs, WRITE_EXPORT, str(row.id))]
        begun = [row.id for row in lost if _counted(row)]
    for export_id in begun:
        enqueue_once(jobs, WRITE_EXPORT, str(export_id))


def clear(engine: Engine, files: ExportFiles) -> None:
    """Forgets exports of yesterday with their files, and files whose export is gone."""
    with transaction(engine) as session:
        session.execute(delete(EventExport).where(EventExport.finished_at < func.now() - KEPT))
        needed = set(session.scalars(select(EventExport.id)))
    files.discard_all_but(needed)


def _counted(row: EventExport) -> bool:
    if row.attempts >= MOST_ATTEMPTS:
        logger.error("export is given up", extra={"export": str(row.id)})
        row.state, row.sentence, row.finished_at = "failed", _FAULT, func.now()
        return False
    row.attempts += 1
    return True
