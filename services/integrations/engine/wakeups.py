"""Hears the hints that something new is due, and reports what the worker does; needs Redis and survives without."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import redis

from shared import streams
from shared.streams import REDIS_DOWN

logger = logging.getLogger(__name__)

BLOCK_MS = 1000


@dataclass
class Wakeups:
    """A thread that waits on the streams `wake:{destination}`. Without Redis the outboxes still poll the ledger."""

    client: redis.Redis
    destinations: Callable[[], Iterable[UUID]]
    wake: Callable[[UUID], None]
    each_turn: Callable[[], None]
    _seen: dict[UUID, bytes] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._listen, name="wakeups", daemon=True)
        self._thread.start()

    def stop(self, seconds: float) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join(seconds)

    @property
    def died(self) -> bool:
        return self._thread is not None and not self._stopping.is_set() and not self._thread.is_alive()

    def _listen(self) -> None:
        away = False
        while not self._stopping.is_set():
            try:
                self._turn()
                away = False
            except REDIS_DOWN:
                if not away:
                    logger.warning("redis does not answer, deliveries are found by polling")
                away = True
                self._stopping.wait(1.0)

    def _turn(self) -> None:
        self.each_turn()
        wanted = {streams.wake(identity).encode(): identity for identity in self.destinations()}
        if not wanted:
            self._stopping.wait(BLOCK_MS / 1000)
            return
        starts: Any = {name: self._seen.get(identity, b"0") for name, identity in wanted.items()}
        found: Any = self.client.xread(starts, block=BLOCK_MS)
        for name, entries in _replies(found):
            self._seen[wanted[name]] = entries[-1][0]
            self.wake(wanted[name])


def _replies(found: Any) -> list[tuple[bytes, list[Any]]]:
    """Streams with their entries out of a reply of either protocol version."""
    pairs = found.items() if isinstance(found, dict) else found or []
    flat = [(name, items[0] if items and isinstance(items[0], list) else items) for name, items in pairs]
    return [(name, entries) for name, entries in flat if entries]
