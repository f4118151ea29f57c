"""Brings the database to this version; safe to run by several processes at once and to repeat."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from shared.clock import now
from shared.db.partitions import ensure_partitions

_LOCK = 7_052_022  # any number that only migrations use


def config() -> Config:
    """Alembic's settings; the folder of migrations lies beside this file, wherever it is installed."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return settings


def migrate(engine: Engine) -> None:
    """Runs what is missing, one process at a time, in one transaction; then makes the months' partitions."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
    ensure_partitions(engine, now())
