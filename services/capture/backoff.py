"""How long to wait before something is tried again."""

from __future__ import annotations

import random

FIRST, LONGEST = 1.0, 30.0


class BackOff:
    """1, 2, 4 … 30 seconds, each a little different, so that many cameras do not return in the same moment."""

    def __init__(self) -> None:
        self._next = FIRST

    def pause(self) -> float:
        """Seconds to wait this time."""
        seconds, self._next = self._next, min(self._next * 2, LONGEST)
        return seconds * random.uniform(0.8, 1.2)

    def reset(self) -> None:
        self._next = FIRST
