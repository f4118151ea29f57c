"""Wakes one of those who wait, and not all of them: a single row needs a single lane to look for it."""

from __future__ import annotations

import threading


class Bell:
    """Rung while nobody waits, it lets the next one through at once."""

    def __init__(self) -> None:
        self._rung = False
        self._condition = threading.Condition()

    def ring(self) -> None:
        with self._condition:
            self._rung = True
            self._condition.notify()

    def wait(self, seconds: float) -> None:
        """Returns when it is this one's turn, or after some seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung, seconds)
            self._rung = False
