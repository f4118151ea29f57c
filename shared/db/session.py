"""Engines and transactions. Application code never commits: the `with` block does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

DATABASE_DOWN = (OperationalError, InterfaceError)
"""What SQLAlchemy raises while PostgreSQL is away, restarting, or out of time."""


TRUSTED_FOR = 1.0
"""Seconds in which a connection that came back to the pool is taken again without asking whether it still holds."""


def connect(url: str, *, pool: int = 4, statement_timeout_ms: int = 10_000) -> Engine:
    """An engine in UTC whose statements and lock waits end by themselves."""
    options = f"-c timezone=utc -c statement_timeout={statement_timeout_ms} -c lock_timeout=5000"
    engine = create_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_recycle=1800,
        connect_args={"connect_timeout": 5, "options": options, "client_encoding": "utf8"},
    )
    _ask_the_idle(engine)
    return engine


def _ask_the_idle(engine: Engine) -> None:
    """Connections that rested are tried before they are used, so that nobody meets one that a restart cut off.

    SQLAlchemy's own way (pool_pre_ping) asks each time, which is a third of the round trips of a busy API. Within
    TRUSTED_FOR a restart is met by the request itself, as the one that it interrupts, and the pool starts afresh.
    """

    @event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) < TRUSTED_FOR:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


@contextmanager
def at_once(engine: Engine) -> Iterator[Session]:
    """For single statements: each is committed by itself, without the two round trips of a transaction around it."""
    with Session(engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False) as session:
        yield session
        session.flush()


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One unit of work: committed when the block ends, rolled back when it raises."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
