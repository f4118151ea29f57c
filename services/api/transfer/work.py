"""Plans and applies imports, as background jobs: PostgreSQL says what is to be done, a job only begins it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from rq import get_current_job
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from services.api import audit
from services.api.transfer.columns import COLUMNS
from services.api.transfer.plan import Progress, Report, make_plan
from services.api.transfer.rows import Wish, read
from services.api.transfer.staging import Staged, fingerprint
from services.api.transfer.storage import ImportFiles
from services.api.transfer.tables import lines_in
from shared.db.session import connect, transaction
from shared.db.tables import ListImport, ListMirror, PlateList
from shared.errors import Invalid
from shared.settings import from_environment
from shared.site import TimeZone, load

logger = logging.getLogger(__name__)

CHANGED_MEANWHILE = "The list was changed since this was planned; plan it anew"
_EACH = 0.5
"""Seconds between two words about progress."""


def plan_import(import_id: str) -> None:
    """Runs as an RQ job (see shared/jobs.py)."""
    _job(import_id, Imports.plan)


def apply_import(import_id: str) -> None:
    """Runs as an RQ job (see shared/jobs.py)."""
    _job(import_id, Imports.apply)


def silent(_done: int, _total: int, _sentence: str) -> None:
    """For those who want no progress."""


@dataclass(frozen=True)
class Imports:
    """Carries imports on by one step; a step that is asked for twice, or at the same time, is done once."""

    engine: Engine
    files: ImportFiles
    progress: Progress = silent

    def plan(self, import_id: UUID) -> None:
        """planning → planned, or failed with a sentence; nothing of the list is written."""
        with transaction(self.engine) as session:
            row = self._mine(session, import_id, "planning")
            if row is None:
                return
            # Before comparing: what changes while that goes on must make the plan stale.
            before = fingerprint(session, row.list_id)
            try:
                with session.begin_nested():
                    report = self._plan(session, row)
                state, sentence = _verdict(row, report)
            except Invalid as error:
                report, state, sentence = None, "failed", str(error)
            # Somebody may have discarded it, or its list, meanwhile.
            again = select(ListImport).where(ListImport.id == import_id, ListImport.state == "planning")
            row = session.scalar(again.with_for_update().execution_options(populate_existing=True))
            if row is not None:
                row.state, row.sentence, row.fingerprint = state, sentence, before
                row.report = report.model_dump(mode="json") if report else {}
                return
        self.files.discard(import_id)

    def apply(self, import_id: UUID) -> None:
        """applying → applied, or stale when the list is not as it was when planned; then nothing is written."""
        with transaction(self.engine) as session:
            row = self._mine(session, import_id, "applying")
            if row is None:
                return
            staged = self._staged_again(session, row)
            # One import at a time: the next waits here, and then finds its plan stale.
            list_name = session.scalar(
                select(PlateList.name).where(PlateList.id == row.list_id).with_for_update(key_share=True)
            )
            if fingerprint(session, row.list_id) != row.fingerprint:
                row.state, row.sentence = "stale", CHANGED_MEANWHILE
                return
            self.progress(0, 0, "Comparing with the list")
            staged.compare()
            self.progress(0, 0, "Writing the list")
            staged.apply(replace=row.mode == "replace")
            if row.mirrored:
                written = {"fingerprint": fingerprint(session, row.list_id)}
                session.execute(update(ListMirror).where(ListMirror.list_id == row.list_id).values(written))
            counts = Report.model_validate(row.report).counts
            row.state, row.sentence = "applied", f"The list has {counts.sentence}"
            detail = {"import": str(import_id), "mode": row.mode, "file": row.file_name, **counts.model_dump()}
            audit.record(session, row.confirmed_by, "list.import", str(list_name), detail)
        self.files.discard(import_id)

    def _plan(self, session: Session, row: ListImport) -> Report:
        path, wish, zone = self.files.original(row.id), Wish.model_validate(row.wish), load(session, TimeZone).zone
        self.progress(0, 0, "Opening the file")
        try:
            reading = read(path, row.file_name, wish, zone)
            total = lines_in(path) if reading.codec else 0
        except FileNotFoundError:
            raise Invalid("The uploaded file is gone, upload it again", "file") from None
        staged = Staged(session, row.list_id, reading.columns)
        managed = select(ListMirror.managed_by).where(ListMirror.list_id == row.list_id, ListMirror.managed_by != "")
        empty = row.mirrored and session.scalar(managed) is not None
        how = {"replace": row.mode == "replace", "may_be_empty": empty}
        report = make_plan(staged, reading, progress=self.progress, total=total, **how)
        staged.keep(self.files.entries(row.id))
        return report

    def _staged_again(self, session: Session, row: ListImport) -> Staged:
        mapped = Report.model_validate(row.report).columns
        staged = Staged(session, row.list_id, [column for column in COLUMNS if column.name in mapped])
        staged.create()
        self.progress(0, 0, "Loading what was planned")
        staged.fill_from(self.files.entries(row.id))
        return staged

    def _mine(self, session: Session, import_id: UUID, state: str) -> ListImport | None:
        """The import if it waits for this step and nobody else is at it."""
        if not lock(session, import_id):
            return None
        row = session.get(ListImport, import_id)
        return row if row is not None and row.state == state else None


def lock(session: Session, subject: UUID) -> bool:
    """Whether nobody is at work on it; until the transaction ends, nobody else is. Gone with a killed process."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(str(subject), 0)))))


def _verdict(row: ListImport, report: Report) -> tuple[str, str]:
    counts = report.counts
    if row.strict and counts.invalid:
        first = report.invalid[0]
        return "failed", f"{counts.invalid} lines are invalid, the first is line {first.line}: {first.reason}"
    return "planned", f"Would have {counts.sentence}"


def _job(import_id: str, step: Callable[[Imports, UUID], None]) -> None:
    settings = from_environment()
    engine = connect(settings.sqlalchemy_url, pool=1)
    imports = Imports(engine, ImportFiles.of(settings.data_dir), job_progress())
    try:
        step(imports, UUID(import_id))
    finally:
        engine.dispose()


def job_progress() -> Progress:
    """Tells RQ's job how far it is, now and then: {"done", "total", "sentence"} in its meta."""
    job = get_current_job()
    told_at, told = 0.0, ""

    def tell(done: int, total: int, sentence: str) -> None:
        nonlocal told_at, told
        moment = time.monotonic()
        if job is None or (sentence == told and moment - told_at < _EACH):
            return
        told_at, told = moment, sentence
        job.meta = {"done": done, "total": total, "sentence": sentence}
        job.save_meta()  # type: ignore[no-untyped-call]

    return tell
