"""How far a file was played, kept in PostgreSQL, so that a restart goes on with the same run, times and frame ids."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from shared.clock import Clock, now
from shared.db.session import DATABASE_DOWN, transaction
from shared.db.tables.cameras import CameraProgress
from shared.errors import SourceError

logger = logging.getLogger(__name__)

SAVE_SECONDS = 1.0


@dataclass(frozen=True)
class Run:
    """One playing of a file from its first frame to its last."""

    run: str
    started_at: datetime
    position: int
    finished: bool = False


class Progress:
    """The row of one camera in `camera_progress`."""

    def __init__(self, engine: Engine, camera_id: UUID, revision: int, clock: Clock = now) -> None:
        self._engine, self._camera_id, self._revision, self._clock = engine, camera_id, revision, clock
        self._saved_at, self._saved = float("-inf"), -1
        self._away = False

    def begin(self) -> Run:
        """Goes on with the run of this revision, or starts one. Raises SourceError while PostgreSQL is away."""
        try:
            with transaction(self._engine) as session:
                row = session.get(CameraProgress, self._camera_id)
                if row is not None and row.revision == self._revision:
                    return Run(row.run, row.started_at, row.position, row.finished)
        except DATABASE_DOWN:
            raise SourceError("The database does not answer, so it is not known how far the file was played") from None
        return self.restart()

    def restart(self) -> Run:
        """Begins a new run at the first frame."""
        run = Run(token_hex(4), self._clock(), 0)
        try:
            self._write(run)
        except DATABASE_DOWN:
            raise SourceError("The database does not answer, so no new run of the file can begin") from None
        return run

    def save(self, run: Run, position: int) -> None:
        """Writes the position about once a second; without PostgreSQL the frames go on and are repeated at worst."""
        if position == self._saved or time.monotonic() - self._saved_at < SAVE_SECONDS:
            return
        self._saved_at = time.monotonic()
        try:
            self._write(Run(run.run, run.started_at, position))
        except DATABASE_DOWN:
            if not self._away:
                logger.warning("database is away, progress is not saved", extra={"camera": str(self._camera_id)})
            self._away = True
            return
        self._saved, self._away = position, False

    def finish(self, run: Run, position: int) -> None:
        """Every frame is handled: the file is not played again in this revision."""
        try:
            self._write(Run(run.run, run.started_at, position, finished=True))
        except DATABASE_DOWN:
            raise SourceError("The database does not answer, so the end of the file cannot be noted") from None

    def _write(self, run: Run) -> None:
        values = {
            "revision": self._revision,
            "run": run.run,
            "started_at": run.started_at,
            "position": run.position,
            "finished": run.finished,
        }
        statement = insert(CameraProgress).values(camera_id=self._camera_id, **values)
        try:
            with transaction(self._engine) as session:
                session.execute(statement.on_conflict_do_update(index_elements=["camera_id"], set_=values))
        except IntegrityError:
            # Capture's parent has not noticed yet; it will end this process.
            raise SourceError("The camera was removed") from None
