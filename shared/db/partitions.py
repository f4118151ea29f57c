"""Monthly partitions of `events`, made ahead of time; a default partition catches what no month takes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine, text

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


def _month(today: datetime, offset: int) -> datetime:
    months = today.year * 12 + today.month - 1 + offset
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
