"""Which hours are usual: the shortest arc of the day's circle that holds most of the times."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

DAY = 24 * 60
LEAST, SHARE = 3, 0.8


class Span(NamedTuple):
    """Minutes of the day, the end after the beginning or behind midnight."""

    begins: int
    ends: int
    of: int


def usual(minutes: Iterable[int]) -> Span | None:
    """The shortest span that holds four of five; None for fewer than three times.

    Args:
        minutes: of the day, 0 to 1439.
    """
    times = sorted(minutes)
    if len(times) < LEAST:
        return None
    held = ceil(len(times) * SHARE)
    circle = times + [minute + DAY for minute in times]
    first = min(range(len(times)), key=lambda at: circle[at + held - 1] - circle[at])
    return Span(circle[first], circle[first + held - 1] % DAY, len(times))


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
