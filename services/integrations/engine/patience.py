"""Waits for a PostgreSQL that is away instead of failing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.db.session import DATABASE_DOWN

logger = logging.getLogger(__name__)

T = TypeVar("T")
AWAY = (*DATABASE_DOWN, PoolTimeout)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


def patiently(step: Callable[[], T], wait: Callable[[float], bool]) -> T | None:
    """Repeats a step until PostgreSQL answers.

    Args:
        wait: sleeps for so many seconds and says whether to give up; then the result is None.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return step()
        except AWAY as error:
            if pause == FIRST_PAUSE:
                logger.warning("database does not answer, waiting", extra={"reason": type(error).__name__})
        if wait(pause):
            return None
        pause = min(pause * 2, LONGEST_PAUSE)
