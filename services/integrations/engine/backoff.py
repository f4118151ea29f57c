"""How long a delivery waits before its next try: pure arithmetic.

The head is dense because most peers stand in the same building; the tail is Svix's default schedule
(svix-server, config.default.toml), as are the jitter and the bounds on Retry-After.
"""

from __future__ import annotations

SCHEDULE = (0, 1, 5, 15, 60, 300, 1800, 7200, 18000, 36000)
"""Seconds before the first, second, … try; the last one repeats until the delivery expires."""
JITTER = 0.2


def base(attempts: int) -> float:
    """Seconds to wait after this many tries failed."""
    return float(SCHEDULE[min(attempts, len(SCHEDULE) - 1)])


def wait(attempts: int, dice: float, wish: float | None = None) -> float:
    """Seconds until the next try.

    Args:
        attempts: tries that failed so far.
        dice: random, -1 to 1; spreads the tries of many deliveries by ±20 %.
        wish: the peer's Retry-After in seconds; heard between the base and twice the base.
    """
    seconds = base(attempts)
    if wish is not None:
        return min(max(wish, seconds), 2 * seconds)
    return seconds * (1 + JITTER * dice)
