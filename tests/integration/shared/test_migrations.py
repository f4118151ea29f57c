from __future__ import annotations

from datetime import UTC, datetime

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from shared.db.migrate import migrate
from shared.db.partitions import ensure_partitions
from shared.db.tables import Base
from shared.testing import Site


def test_the_migrations_make_exactly_the_tables_that_the_code_declares(site: Site) -> None:
    def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and str(name).startswith("events_"))

    with site.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(site: Site) -> None:
    migrate(site.engine)
    with site.engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM lists ORDER BY name")).scalars().all()
    assert names == ["black", "white"]


def test_partitions_reach_over_the_turn_of_the_year(site: Site) -> None:
    ensure_partitions(site.engine, datetime(2030, 11, 30, tzinfo=UTC))
    with site.engine.connect() as connection:
        found = connection.execute(text("SELECT relname FROM pg_class WHERE relname LIKE 'events\\_20%'")).scalars()
        assert {"events_2030_11", "events_2030_12", "events_2031_01", "events_2031_02"} <= set(found)
