"""A PostgreSQL whose clock a test sets forward: days of a ledger pass in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from shared.db.session import transaction
from shared.testing import Site

# Names without a schema are looked up along search_path, so the engine's own now() finds these.
_MAKE = """
CREATE SCHEMA moved;
CREATE TABLE moved.forward (seconds double precision NOT NULL);
INSERT INTO moved.forward VALUES (0);
CREATE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.now() + (SELECT seconds FROM moved.forward) * interval ''1 second''';
CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + (SELECT seconds FROM moved.forward) * interval ''1 second''';
"""


class MovedClock:
    """Called, it is this machine's clock, moved as far; column defaults keep the true time, so tests set them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.forward = timedelta()
        with transaction(site.engine) as session:
            session.execute(text(_MAKE))
            name = session.scalar(text("SELECT current_database()"))
            session.execute(text(f"ALTER DATABASE {name} SET search_path = moved, pg_catalog, public"))
        site.engine.dispose()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.forward

    def move(self, by: timedelta) -> None:
        self.forward += by
        with transaction(self.site.engine) as session:
            session.execute(
                text("UPDATE moved.forward SET seconds = :seconds"), {"seconds": self.forward.total_seconds()}
            )
