"""Writes exports, as background jobs: PostgreSQL says what is to be done and how far it is, a job only begins it."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, func, update

from services.api.exports.evidence import write_evidence
from services.api.exports.found import Found
from services.api.exports.storage import ExportFiles
from services.api.exports.tables import write_csv, write_xlsx
from services.api.transfer.work import lock
from shared.db.session import at_once, connect, transaction
from shared.db.tables import EventExport
from shared.errors import Invalid
from shared.media import MediaStore
from shared.settings import from_environment

logger = logging.getLogger(__name__)

_EACH = 0.5
"""Seconds between two words about progress."""
_TABLES = {"csv": write_csv, "xlsx": write_xlsx}


def write_export(export_id: str) -> None:
    """Runs as an RQ job (see shared/jobs.py)."""
    settings = from_environment()
    engine = connect(settings.sqlalchemy_url, pool=2)
    try:
        Writer(engine, ExportFiles.of(settings.data_dir), MediaStore(settings.media_dir)).write(UUID(export_id))
    finally:
        engine.dispose()


@dataclass(frozen=True)
class Writer:
    """Writes one export after the other; one that is asked for twice, or at the same time, is written once."""

    engine: Engine
    files: ExportFiles
    media: MediaStore

    def write(self, export_id: UUID) -> None:
        """waiting → done, or failed with a sentence."""
        with transaction(self.engine) as holding:
            if not lock(holding, export_id):
                return
            with at_once(self.engine) as session:
                row = session.get(EventExport, export_id)
            if row is None or row.state != "waiting":
                return
            half = self.files.half(export_id)
            try:
                self._fill(row, half)
            except Invalid as error:
                self._finish(export_id, state="failed", sentence=str(error))
                half.unlink(missing_ok=True)
                return
            whole = self.files.whole(export_id)
            os.replace(half, whole)
            what = {"size": whole.stat().st_size, "sha256": _hash(whole)}
            known = self._finish(export_id, state="done", sentence="Done", **what)
        if not known:
            self.files.discard(export_id)

    def _fill(self, row: EventExport, half: Path) -> None:
        with transaction(self.engine) as session, half.open("wb") as file:
            found = Found.of(session, row, self._progress(row.id))
            self._note(row.id, total=found.total(row.form))
            if write := _TABLES.get(row.form):
                for piece in write(found):
                    file.write(piece)
            else:
                scratch = half.with_suffix(".csv")
                try:
                    write_evidence(found, row, self.media, file, scratch)
                finally:
                    scratch.unlink(missing_ok=True)
            file.flush()
            os.fsync(file.fileno())

    def _progress(self, export_id: UUID) -> Callable[[int], None]:
        told_at = 0.0

        def tell(done: int) -> None:
            nonlocal told_at
            if time.monotonic() - told_at > _EACH:
                told_at = time.monotonic()
                self._note(export_id, done=done)

        return tell

    def _finish(self, export_id: UUID, **values: object) -> bool:
        """Whether somebody still waits for it."""
        return self._note(export_id, done=EventExport.total, finished_at=func.now(), **values)

    def _note(self, export_id: UUID, **values: object) -> bool:
        change = update(EventExport).where(EventExport.id == export_id, EventExport.state == "waiting")
        with at_once(self.engine) as session:
            return session.scalar(change.values(**values).returning(EventExport.id)) is not None


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
