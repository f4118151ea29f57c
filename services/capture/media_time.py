"""The time inside a video: when each of its frames is shown, and which of them are taken. Exact, so that it repeats."""

from __future__ import annotations

import math
from fractions import Fraction


class MediaTime:
    """Seconds since the first frame, never backwards, whatever the file's time stamps do."""

    def __init__(self, step: Fraction) -> None:
        """`step` is the file's nominal time from frame to frame, in seconds."""
        self._step = step
        self._shift: Fraction | None = None
        self._last = -step

    def of(self, stamp: Fraction | None) -> Fraction:
        """The next frame's time; `stamp` is what the file says in seconds, None when it says nothing."""
        expected = self._last + self._step
        if stamp is None:
            time = expected
        else:
            if self._shift is None or stamp + self._shift <= self._last:
                # Files put together from several begin again at 0: their parts follow each other.
                self._shift = expected - stamp
            time = stamp + self._shift
        self._last = time
        return time


class Picker:
    """Takes at most `rate` frames a second of media time, evenly; all of them when the file has no more than that."""

    def __init__(self, rate: float) -> None:
        self._rate = Fraction(rate).limit_denominator(1000)
        self._slot = -1

    def takes(self, time: Fraction) -> bool:
        # Rounding to the nearest slot, because stamps in whole milliseconds lie a little before or behind their time.
        slot = math.floor(time * self._rate + Fraction(1, 2))
        if slot <= self._slot:
            return False
        self._slot = slot
        return True
