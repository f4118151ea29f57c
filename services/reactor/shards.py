"""Which shards of cameras are this reactor's: PostgreSQL's advisory locks say so, on a connection of their own.

A lock lives as long as its connection, so a killed reactor's shards are free at once. Whoever finds a free shard takes
one at a time; reactors that start together therefore share, and one that starts later stands by.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, Engine, text

from shared.db.session import DATABASE_DOWN
from shared.streams import SHARDS

logger = logging.getLogger(__name__)

_LOCKS = 7_052_023  # any number that only shards use


class ShardLocks:
    """The shards that this process owns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self.owned: set[int] = set()

    def refresh(self) -> None:
        """Makes sure that the locks still stand and takes one more free shard; without the database none is owned."""
        try:
            self._take_one()
        except DATABASE_DOWN:
            if self.owned:
                logger.warning("shards are given up, the database does not answer", extra={"shards": len(self.owned)})
            self.release()

    def release(self) -> None:
        """Gives all shards back."""
        self.owned.clear()
        connection, self._connection = self._connection, None
        if connection:
            connection.invalidate()
            connection.close()

    def _take_one(self) -> None:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection.execute(text("SELECT 1"))
        for shard in sorted(set(range(SHARDS)) - self.owned):
            lock = text("SELECT pg_try_advisory_lock(:locks, :shard)")
            if self._connection.execute(lock, {"locks": _LOCKS, "shard": shard}).scalar():
                self.owned.add(shard)
                logger.info("shard is taken", extra={"shard": shard})
                return
