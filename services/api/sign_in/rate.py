"""Slows down guessing: so many tries a minute for one name from one address."""

from __future__ import annotations

import hashlib

import redis

from services.api.errors import TooMany
from shared.streams import REDIS_DOWN

TRIES, WINDOW = 10, 60


def slow_down(client: redis.Redis, name: str, origin: str) -> None:
    """Counts a try. Raises TooMany. Without Redis only the lock in the database protects."""
    key = f"sign-in:{hashlib.sha256(f'{origin} {name}'.encode()).hexdigest()}"
    try:
        tries = client.incr(key)
        client.expire(key, WINDOW, nx=True)
    except REDIS_DOWN:
        return
    if tries > TRIES:
        raise TooMany("Too many tries to sign in, wait a minute", after=WINDOW)
