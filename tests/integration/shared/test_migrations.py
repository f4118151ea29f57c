from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from shared import audit
from shared.db.migrate import config, migrate
from shared.db.partitions import ensure_partitions
from shared.db.session import transaction
from shared.db.tables import Base, User
from shared.reactions import RuleSettings
from shared.testing import Site

IDS = {"id": UUID(int=7)}


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


def test_rules_that_named_one_list_go_through_the_newer_version_and_back(site: Site) -> None:
    old = {"list": "white", "cameras": [], "directions": ["in"], "min_confidence": 0.5}
    with site.engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0002")
        connection.execute(text("INSERT INTO destinations (id, name, kind, settings) VALUES (:id, 'd', 'k', '')"), IDS)
        rule = (
            "INSERT INTO reactions (id, name, rule, settings, destination_id) "
            "VALUES (gen_random_uuid(), 'r', 'on_list', :settings, :id)"
        )
        connection.execute(text(rule), IDS | {"settings": json.dumps(old)})
        command.upgrade(settings, "head")
        stored = connection.execute(text("SELECT settings FROM reactions")).scalar_one()
        assert RuleSettings.model_validate(stored) == RuleSettings.model_validate(old)
        assert "list" not in stored
        newer = {"lists": ["white", "staff"], "cool_down": 60, "min_confidence": 0.5, "directions": ["in"]}
        everything = RuleSettings.model_validate(newer)
        row = {"settings": everything.model_dump_json()}
        connection.execute(text("UPDATE reactions SET settings = :settings"), row)
        command.downgrade(settings, "0002")
        assert connection.execute(text("SELECT settings FROM reactions")).scalar_one() == old
        command.upgrade(settings, "head")


def test_partitions_reach_over_the_turn_of_the_year(site: Site) -> None:
    ensure_partitions(site.engine, datetime(2030, 11, 30, tzinfo=UTC))
    with site.engine.connect() as connection:
        found = connection.execute(text("SELECT relname FROM pg_class WHERE relname LIKE 'events\\_20%'")).scalars()
        assert {"events_2030_11", "events_2030_12", "events_2031_01", "events_2031_02"} <= set(found)


def test_a_filled_audit_log_is_chained_when_the_chain_comes(site: Site) -> None:
    """Back to the version before, rows as it wrote them, and forward again."""
    rows = [{"actor": f"user:{number}", "detail": json.dumps({"n": number, "ü": None})} for number in range(25)]
    with site.engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0002")
        statement = "INSERT INTO audit (actor, action, detail) VALUES (:actor, 'list.add', CAST(:detail AS jsonb))"
        connection.execute(text(statement), rows)
        statement = "INSERT INTO users (id, name, role, password_hash) VALUES (:id, 'a', 'admin', 'x')"
        connection.execute(text(statement), {"id": uuid4()})
    migrate(site.engine)
    with transaction(site.engine) as session:
        audit.record(session, "user:new", "list.add", "after")
    with transaction(site.engine) as session:
        found = audit.verify(session)
        assert (found.whole, found.rows) == (True, 26)
        assert session.scalars(select(User)).one().cameras is None


def test_deliveries_that_waited_to_open_a_barrier_never_do(site: Site) -> None:
    """Barriers were told by deliveries before they were ordered by commands."""
    with site.engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0007")
        for kind in ("barrier", "json_http"):
            destination = {"id": uuid4(), "kind": kind}
            statement = "INSERT INTO destinations (id, name, kind, settings) VALUES (:id, :kind, :kind, '')"
            connection.execute(text(statement), destination)
            statement = (
                "INSERT INTO deliveries (id, event_id, destination_id, moment, event, camera, expires_at) "
                "VALUES (gen_random_uuid(), gen_random_uuid(), :id, 'detect', '{}', '{}', now() + interval '7 days')"
            )
            connection.execute(text(statement), destination)
        command.upgrade(settings, "head")
        query = "SELECT kind, state FROM deliveries JOIN destinations ON destinations.id = destination_id ORDER BY kind"
        assert connection.execute(text(query)).all() == [("barrier", "expired"), ("json_http", "due")]
