"""`python -m services.api.jobs`: plans and applies imports of lists, runs mirrors when they are due, writes exports."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from dataclasses import dataclass, field

import redis
from sqlalchemy import Engine

from services.api.exports import stranded as stranded_exports
from services.api.exports.storage import ExportFiles
from services.api.mirrors import managed
from services.api.mirrors import queries as mirrors
from services.api.repeats import queries as repeats
from services.api.retention import work as retention
from services.api.transfer import stranded
from services.api.transfer.storage import ImportFiles
from shared.clock import now
from shared.db.session import DATABASE_DOWN, connect, transaction
from shared.job_worker import run_jobs
from shared.jobs import RUN_MIRROR, RUN_RETENTION, enqueue_once, list_queue
from shared.process import Stop, heartbeat_file, run_service
from shared.secrets import Vault
from shared.settings import from_environment
from shared.streams import REDIS_DOWN
from shared.streams import connect as connect_redis

logger = logging.getLogger(__name__)

SERVICE = "api-jobs"
TURN = 2.0
CLEAR_EVERY = 600.0


@dataclass
class Timetable:
    """Looks every other second what is due in PostgreSQL, so that no job depends on Redis remembering it."""

    engine: Engine
    client: redis.Redis
    files: ImportFiles
    vault: Vault
    exports: ExportFiles
    _cleared: float = field(default=0.0)

    def turn(self) -> None:
        """One look."""
        with transaction(self.engine) as session:
            managed.take_up(session, self.vault)
            due = list(mirrors.due(session))
            night = retention.due(session, now())
        for list_id in due:
            enqueue_once(list_queue(self.client), RUN_MIRROR, str(list_id))
        if night:
            enqueue_once(list_queue(self.client), RUN_RETENTION, night)
        stranded.begin_again(self.engine, self.client)
        stranded_exports.begin_again(self.engine, self.client)
        if time.monotonic() - self._cleared > CLEAR_EVERY:
            stranded.clear(self.engine, self.files)
            stranded_exports.clear(self.engine, self.exports)
            with transaction(self.engine) as session:
                repeats.forget_old(session, now())
            self._cleared = time.monotonic()

    def run(self, stop: Stop) -> None:
        """Turns until `stop`, whatever servers are away meanwhile; ends the process by a fault."""
        heartbeat, away = heartbeat_file(SERVICE), False
        try:
            while not stop.wait(TURN):
                try:
                    self.turn()
                    away = False
                except (*DATABASE_DOWN, *REDIS_DOWN) as error:
                    if not away:
                        logger.warning("a server does not answer, waiting", extra={"reason": type(error).__name__})
                    away = True
                # A long job keeps RQ's own heartbeat from beating, and RQ ends it in time.
                heartbeat.touch()
        except Exception:
            logger.exception("timetable ends by a fault")
            os.kill(os.getpid(), signal.SIGTERM)


def main(stop: Stop) -> None:
    """Runs the timetable beside RQ, which wants the main thread for its signals."""
    settings = from_environment()
    engine = connect(settings.sqlalchemy_url, pool=2)
    client = connect_redis(settings.redis_events_url)
    vault = Vault(settings.secret_key.get_secret_value())
    timetable = Timetable(engine, client, ImportFiles.of(settings.data_dir), vault, ExportFiles.of(settings.data_dir))
    thread = threading.Thread(target=timetable.run, args=(stop,), name="timetable", daemon=True)
    thread.start()
    try:
        run_jobs(client, list_queue(client), heartbeat_file(SERVICE))
    finally:
        stop.set()
        thread.join(TURN * 2)


if __name__ == "__main__":
    run_service(SERVICE, main)
