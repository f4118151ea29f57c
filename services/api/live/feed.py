"""Follows the stream of events and writes it as server-sent events, resuming where a reader stopped."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from anyio import CancelScope
from pydantic import ValidationError
from redis import asyncio as redis_async

from services.api.access import Identity
from services.api.events.schemas import EventOut
from shared.db.session import DATABASE_DOWN
from shared.messages import Event
from shared.streams import EVENTS, REDIS_DOWN

logger = logging.getLogger(__name__)

BEAT_MS = 15_000
"""A comment this often keeps proxies and browsers from giving the connection up."""
LASTING = 900.0
"""Then the reader has to come again."""
BATCH = 100
_ENTRY = re.compile(r"\d{1,20}-\d{1,20}")


def connect(url: str) -> redis_async.Redis:
    return redis_async.Redis.from_url(url, socket_timeout=BEAT_MS / 1000 + 10, socket_connect_timeout=3)


@dataclass(frozen=True)
class Reader:
    """Who follows, and a way to ask whether they still may."""

    who: Identity
    holds: Callable[[], Awaitable[bool]]


async def follow(client: redis_async.Redis, reader: Reader, last_seen: str | None) -> AsyncIterator[str]:
    """Events after `last_seen` (or from now on) as they are published, until LASTING is over or Redis is away."""
    deadline = time.monotonic() + LASTING
    yield "retry: 2000\n\n"
    try:
        place = last_seen if last_seen and _ENTRY.fullmatch(last_seen) else await _newest(client)
        # The place at once, so that a reader who loses the line before the first event misses none.
        yield f"id: {place}\nevent: hello\ndata: {{}}\n\n"
        while time.monotonic() < deadline:
            reply: Any = await client.xread({EVENTS: place}, count=BATCH, block=BEAT_MS)
            entries = _entries(reply)
            # At each turn, so that no event leaves after a key was revoked or a person was signed out.
            if not await reader.holds():
                return
            for entry_id, values in entries:
                place = entry_id.decode()
                yield _message(place, values.get(b"json", b""), reader.who)
            if not entries:
                yield ": still here\n\n"
    except (*REDIS_DOWN, *DATABASE_DOWN):
        logger.warning("live feed ends, a server does not answer")
    finally:
        # Also when the reader left, which cancels this task: without the shield the connection would stay open.
        with CancelScope(shield=True):
            await client.aclose()


async def _newest(client: redis_async.Redis) -> str:
    newest: Any = await client.xrevrange(EVENTS, count=1)
    return newest[0][0].decode() if newest else "0-0"


def _entries(reply: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Entries out of a reply of either protocol version."""
    for _, items in reply.items() if isinstance(reply, dict) else reply or []:
        return list(items[0] if items and isinstance(items[0], list) else items)
    return []


def _message(entry_id: str, data: bytes, who: Identity) -> str:
    try:
        event = Event.model_validate_json(data)
    except ValidationError:
        logger.error("live feed skips an entry", extra={"entry": entry_id})
        return f"id: {entry_id}\n\n"
    if not who.sees(event.camera_id):
        return f"id: {entry_id}\n\n"
    return f"id: {entry_id}\nevent: event\ndata: {EventOut.of_message(event).model_dump_json()}\n\n"
