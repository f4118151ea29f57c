"""Slows down guessing: so many failed tries a second, a minute and an hour from one address."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Sequence

import redis

from services.api.errors import TooMany
from shared.streams import REDIS_DOWN

SLACK = 60
"""Seconds that a counter outlives its window: the window's number is in its name, so only the clocks may differ."""
Limits = Sequence[tuple[int, int]]
SIGN_IN: Limits = ((1, 1), (60, 5), (3600, 20))
"""Seconds, and tries in them. A try that succeeds is taken back, so that an office behind one address can work."""


def count(client: redis.Redis, origin: str, limits: Limits = SIGN_IN, what: str = "sign-in") -> list[str]:
    """Counts a try and returns what `forgive` needs to take it back.

    Raises TooMany; a refused try counts no further. Without Redis only the lock of the account protects.
    """
    moment = time.time()
    counted: list[str] = []
    for window, most in limits:
        key = _key(what, window, moment, origin)
        try:
            tries = client.incr(key)
            client.expire(key, window + SLACK, nx=True)
        except REDIS_DOWN:
            return counted
        if tries > most:
            raise _too_many(window, moment)
        counted.append(key)
    return counted


def check(client: redis.Redis, origin: str, limits: Limits = SIGN_IN, what: str = "sign-in") -> None:
    """Raises TooMany when a try was refused for too many before it; counts nothing."""
    moment = time.time()
    try:
        tries = client.mget([_key(what, window, moment, origin) for window, _most in limits])
    except REDIS_DOWN:
        return
    for (window, most), made in zip(limits, tries, strict=True):
        if int(made or 0) > most:
            raise _too_many(window, moment)


def forgive(client: redis.Redis, counted: Sequence[str]) -> None:
    try:
        for key in counted:
            # A counter that ended in the meantime must not come back without an end.
            if client.decr(key) < 0:
                client.delete(key)
    except REDIS_DOWN:
        return


def _key(what: str, window: int, moment: float, origin: str) -> str:
    who = hashlib.sha256(_neighbourhood(origin).encode()).hexdigest()[:32]
    return f"{what}:{window}:{int(moment) // window}:{who}"


def _too_many(window: int, moment: float) -> TooMany:
    return TooMany("Too many tries, wait a little", after=window - int(moment) % window)


def _neighbourhood(origin: str) -> str:
    """An IPv6 subscriber has 2^64 addresses, so they count as one."""
    try:
        address = ipaddress.ip_address(origin)
    except ValueError:
        return origin
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else origin
