"""Monthly partitions of `events`, made ahead of time and dropped when empty; a default one catches all else."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

logger = logging.getLogger(__name__)

AHEAD = 3


def ensure_partitions(engine: Engine, today: datetime) -> None:
    """Creates this month's partition and those of the next months where they are missing."""
    with engine.begin() as connection:
        for offset in range(AHEAD + 1):
            first, following = _month(today, offset), _month(today, offset + 1)
            connection.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS events_{first:%Y_%m} PARTITION OF events "
                    f"FOR VALUES FROM ('{first:%Y-%m-%d}') TO ('{following:%Y-%m-%d}')"
                )
            )


def drop_empty(engine: Engine, before: datetime) -> int:
    """Drops the partitions of months that ended before this and hold nothing; how many.

    To drop one takes a lock that everybody who writes events waits behind, so it is tried for a moment only.
    """
    dropped = 0
    for name in _over(engine, before):
        try:
            with engine.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '300ms'"))
                connection.execute(text(f"LOCK TABLE events, {name} IN ACCESS EXCLUSIVE MODE"))
                if connection.execute(text(f"SELECT NOT EXISTS (SELECT FROM {name})")).scalar_one():
                    connection.execute(text(f"DROP TABLE {name}"))
                    dropped += 1
        except OperationalError as error:
            logger.info("partition waits for tomorrow", extra={"partition": name, "reason": str(error.orig)})
    return dropped


def _over(engine: Engine, before: datetime) -> list[str]:
    query = text(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
        "WHERE inhparent = 'events'::regclass AND relname ~ '^events_[0-9]{4}_[0-9]{2}$' ORDER BY relname"
    )
    with engine.connect() as connection:
        names = connection.execute(query).scalars().all()
    return [name for name in names if _month(datetime.strptime(name, "events_%Y_%m"), 1) <= before]


def _month(today: datetime, offset: int) -> datetime:
    months = today.year * 12 + today.month - 1 + offset
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
