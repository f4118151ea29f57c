"""So many requests a second for one credential: a token bucket that all copies of the API share."""

from __future__ import annotations

import math
import time

import redis

from services.api.deps import State
from services.api.errors import TooMany
from services.api.webapi.site_settings import WebApiRates
from shared.db.session import transaction
from shared.site import load
from shared.streams import REDIS_DOWN

KEPT = 1.0

# Redis' own clock, so that copies with other clocks cannot fill the bucket. Returns the milliseconds to wait.
_TAKE = """
local rate = tonumber(ARGV[1])
local clock = redis.call('TIME')
local moment = clock[1] * 1000 + clock[2] / 1000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(rate, (tonumber(kept[1]) or rate) + (moment - (tonumber(kept[2]) or moment)) * rate / 1000)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) * 1000 / rate end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', string.format('%.3f', moment))
redis.call('PEXPIRE', KEYS[1], 5000)
return math.ceil(wait)
"""


class Rates:
    """The site's rates, looked up again after a second."""

    def __init__(self) -> None:
        self._known, self._until = WebApiRates(), 0.0

    def of(self, state: State, actor: str) -> int:
        if time.monotonic() >= self._until:
            with transaction(state.engine) as session:
                self._known = load(session, WebApiRates)
            self._until = time.monotonic() + KEPT
        return self._known.of(actor)


def take_turn(client: redis.Redis, credential: str, rate: int) -> None:
    """Counts a request of a credential. Raises TooMany beyond `rate` a second. Without Redis nobody is held up."""
    try:
        wait = int(client.eval(_TAKE, 1, f"webapi:rate:{credential}", str(rate)))
    except REDIS_DOWN:
        return
    if wait:
        raise TooMany(f"More than {rate} requests a second", after=math.ceil(wait / 1000))
