"""Leaves a broken destination in peace: after five failures in a row only a probe now and then; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

OPENS_AFTER = 5
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 300.0


class Gate(Enum):
    FREE = "free"
    PROBE = "probe"
    """One delivery may go out to see whether the peer is back."""
    SHUT = "shut"


@dataclass(frozen=True)
class Breaker:
    """The state that is kept with the destination."""

    failures: int = 0
    open_until: datetime | None = None

    @property
    def broken(self) -> bool:
        return self.failures >= OPENS_AFTER

    def gate(self, now: datetime) -> Gate:
        if not self.broken:
            return Gate.FREE
        return Gate.SHUT if self.open_until and now < self.open_until else Gate.PROBE

    def probing(self, until: datetime) -> Breaker:
        """While the probe is under way nobody else may send."""
        return Breaker(self.failures, until)

    def failed(self, now: datetime, *, probe: bool) -> Breaker:
        """One more failure; what was under way beside it when the breaker opened does not lengthen the pause."""
        if self.broken and not probe:
            return self
        failures = self.failures + 1
        if failures < OPENS_AFTER:
            return Breaker(failures)
        return Breaker(failures, now + timedelta(seconds=_pause(failures)))

    def succeeded(self) -> Breaker:
        return Breaker()

    def undecided(self, *, probe: bool) -> Breaker:
        """The peer was not asked: a probe that told nothing may be repeated at once."""
        return Breaker(self.failures) if probe else self


def _pause(failures: int) -> float:
    doublings = min(failures - OPENS_AFTER, 10)
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**doublings)
