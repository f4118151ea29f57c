"""Engines and transactions. Application code never commits: the `with` block does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

DATABASE_DOWN = (OperationalError, InterfaceError)
"""What SQLAlchemy raises while PostgreSQL is away, restarting, or out of time."""


def connect(url: str, *, pool: int = 4, statement_timeout_ms: int = 10_000) -> Engine:
    """An engine in UTC whose statements and lock waits end by themselves."""
    options = f"-c timezone=utc -c statement_timeout={statement_timeout_ms} -c lock_timeout=5000"
    return create_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"connect_timeout": 5, "options": options, "client_encoding": "utf8"},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One unit of work: committed when the block ends, rolled back when it raises."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
