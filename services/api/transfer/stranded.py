"""Begins again what a killed process or a lost Redis left behind, and clears away files that nobody needs."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

import redis
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from services.api.transfer.storage import ImportFiles
from services.api.transfer.work import lock
from shared.db.session import transaction
from shared.db.tables import ListImport
from shared.jobs import APPLY_IMPORT, PLAN_IMPORT, enqueue_once, list_queue, waits

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=10)
MOST_ATTEMPTS = 3
KEPT = timedelta(days=7)
"""An import that waits longer for somebody is discarded."""
STEPS = {"planning": PLAN_IMPORT, "applying": APPLY_IMPORT}
_FAULT = "This failed each time it was tried; the log of the service says why"


def begin_again(engine: Engine, client: redis.Redis, patience: timedelta = PATIENCE) -> None:
    """Enqueues steps that nobody is at and that do not wait their turn; after some attempts the import is given up."""
    jobs = list_queue(client)
    with transaction(engine) as session:
        lost = [row for row in _stranded(session, patience) if not waits(jobs, STEPS[row.state], str(row.id))]
        begun = [(row.state, row.id) for row in lost if _counted(row)]
    for state, import_id in begun:
        enqueue_once(jobs, STEPS[state], str(import_id))


def clear(engine: Engine, files: ImportFiles) -> None:
    """Discards imports that nobody confirms, and takes away the files of all that are over or gone."""
    with transaction(engine) as session:
        session.execute(
            update(ListImport)
            .where(ListImport.state.in_(("planned", "stale")), ListImport.changed_at < func.now() - KEPT)
            .values(state="discarded", sentence="Discarded, nobody confirmed it for a week")
        )
        needed: list[UUID] = list(
            session.scalars(select(ListImport.id).where(ListImport.state.in_((*STEPS, "planned", "stale"))))
        )
    files.discard_all_but(needed)


def _stranded(session: Session, patience: timedelta) -> list[ListImport]:
    at_work = select(ListImport).where(ListImport.state.in_(STEPS), ListImport.changed_at < func.now() - patience)
    rows = session.scalars(at_work.with_for_update(skip_locked=True).limit(20))
    return [row for row in rows if lock(session, row.id)]


def _counted(row: ListImport) -> bool:
    """Whether it may be tried once more."""
    if row.attempts >= MOST_ATTEMPTS:
        logger.error("import is given up", extra={"import": str(row.id)})
        row.state, row.sentence = "failed", _FAULT
        return False
    row.attempts += 1
    return True
