"""How far this machine's clock is from PostgreSQL's, by which deadlines go."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.clock import Clock

MOST_SKEW = 1.0
"""Seconds; beyond them the age of a frame says nothing."""


def skew(session: Session, clock: Clock) -> float:
    """Seconds by which the given clock certainly is ahead of PostgreSQL's, negative behind it.

    The clock is looked at before and after the question, so that a slow answer is no skew.
    """
    before = clock()
    theirs: datetime = session.scalars(select(func.clock_timestamp())).one()
    after = clock()
    if before > theirs:
        return (before - theirs).total_seconds()
    return min(0.0, (after - theirs).total_seconds())


def why_not_trusted(seconds: float) -> str:
    """A sentence when the clocks differ too much; empty when they do not."""
    if abs(seconds) <= MOST_SKEW:
        return ""
    way = "ahead of" if seconds > 0 else "behind"
    return f"This machine's clock is {abs(seconds):.1f} s {way} the database's: set the clocks right"
