"""`python -m services.reactor`: one reactor; further ones share the cameras or stand by."""

from __future__ import annotations

import logging
import os
import socket
import time
from dataclasses import dataclass, field

import redis
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from services.reactor.catalogue import Catalogue
from services.reactor.shards import ShardLocks
from services.reactor.worker import Reactor
from shared import streams
from shared.clock import now
from shared.db import session
from shared.db.partitions import ensure_partitions
from shared.db.session import DATABASE_DOWN
from shared.media import MediaStore
from shared.process import Stop, heartbeat_file, run_service
from shared.secrets import Vault
from shared.settings import from_environment
from shared.status import ServiceStatus, report_service
from shared.streams import Consumer

logger = logging.getLogger(__name__)

LOOK_EVERY, PUSHES_EVERY, REPORT_EVERY, HOUSEKEEPING_EVERY = 0.5, 0.1, 2.0, 3600.0


@dataclass
class Rounds:
    """What happens between batches, each in its own rhythm: shards, settings, time, status, housekeeping."""

    engine: Engine
    client: redis.Redis
    reactor: Reactor
    locks: ShardLocks
    instance: str
    consumer: Consumer | None = None
    _ready: set[int] = field(default_factory=set)
    _next: dict[str, float] = field(default_factory=dict)
    _database_away: bool = False

    def streams(self) -> list[str]:
        """The consumer asks for its streams before each batch, which is the moment to do all the rest."""
        try:
            self._look_after_shards()
            if self._is_time("look", LOOK_EVERY):
                self.reactor.refresh()
                self.reactor.tick()
            if self._is_time("pushes", PUSHES_EVERY):
                self.reactor.take_pushes(self._ready)
            if self._is_time("housekeeping", HOUSEKEEPING_EVERY):
                self._ensure_partitions()
                self.reactor.forget()
            self._database_away = False
        except DATABASE_DOWN as error:
            if not self._database_away:
                logger.warning("database does not answer, waiting", extra={"reason": type(error).__name__})
            self._database_away = True
        if self._is_time("report", REPORT_EVERY):
            self._report()
        return [streams.reads(shard) for shard in sorted(self._ready)]

    def _look_after_shards(self) -> None:
        if len(self.locks.owned) == streams.SHARDS and not self._is_time("locks", 1.0):
            return
        self.locks.refresh()
        if not self._ready <= self.locks.owned:
            self._ready &= self.locks.owned
            self.reactor.keep_only(self._ready)
        for shard in self.locks.owned - self._ready:
            self.reactor.refresh()
            self.reactor.take_shard(shard)
            if self.consumer:
                self.consumer.recover(streams.reads(shard))
            self._ready.add(shard)

    def _ensure_partitions(self) -> None:
        try:
            ensure_partitions(self.engine, now())
        except DBAPIError as error:
            logger.error("partitions cannot be made ahead", extra={"reason": str(error.orig)})

    def _report(self) -> None:
        values = {name: float(count) for name, count in self.reactor.counters.items()} | {
            "shards": float(len(self._ready)),
            "open_passages": float(self.reactor.open_passages()),
            "step_seconds": self.reactor.seconds,
        }
        report_service(self.client, ServiceStatus(service="reactor", instance=self.instance, at=now(), values=values))

    def _is_time(self, what: str, every: float) -> bool:
        if time.monotonic() < self._next.get(what, 0.0):
            return False
        self._next[what] = time.monotonic() + every
        return True


def main(stop: Stop) -> None:
    settings = from_environment()
    engine = session.connect(settings.sqlalchemy_url)
    client = streams.connect(settings.redis_events_url)
    catalogue = Catalogue(Vault(settings.secret_key.get_secret_value()))
    reactor = Reactor(engine, client, MediaStore(settings.media_dir), catalogue=catalogue)
    locks = ShardLocks(engine)
    instance = settings.instance or f"{socket.gethostname()}-{os.getpid()}"
    rounds = Rounds(engine, client, reactor, locks, instance)
    # One name for all reactors: who holds a shard's lock also goes on with what its last owner had not acknowledged.
    rounds.consumer = Consumer(
        client=client,
        group="reactor",
        name="reactor",
        streams=rounds.streams,
        handle=reactor.handle,
        block_ms=200,
        delete_handled=True,
        together=True,
        transient=(*streams.REDIS_DOWN, *DATABASE_DOWN),
        heartbeat=heartbeat_file("reactor"),
        stopping=stop,
    )
    try:
        rounds.consumer.run()
    finally:
        locks.release()
        engine.dispose()


if __name__ == "__main__":
    run_service("reactor", main)
