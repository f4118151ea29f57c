"""Puts frames into the camera's stream: live ones fresh or not at all, those of files every one."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import redis
from redis.exceptions import OutOfMemoryError

from services.capture.board import Board
from shared import streams
from shared.clock import Clock, now
from shared.messages import Frame

logger = logging.getLogger(__name__)

UNAVAILABLE = (*streams.REDIS_DOWN, OutOfMemoryError)
STALE_AFTER = timedelta(seconds=1)
HELD_FRAMES = 4 * streams.FILE_FRAMES
"""One slow recognizer may hold the oldest frame while others finish many later ones; no more than this wait for it."""


class Outage:
    """Says when the frames' Redis goes away and when it is back: in the log once each, on the board meanwhile."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def begins(self, error: Exception) -> None:
        if not self._board.refused:
            logger.warning("frames cannot be published", extra={"reason": type(error).__name__})
        self._board.refused = True

    def ends(self) -> None:
        if self._board.refused:
            logger.info("frames can be published again")
        self._board.refused = False


class LivePublisher:
    """A live frame is worth something for a second; it never waits and never makes others wait."""

    def __init__(self, client: redis.Redis, stream: str, outage: Outage, clock: Clock = now) -> None:
        self._client, self._stream, self._outage, self._clock = client, stream, outage, clock

    def publish(self, frame: Frame, jpeg: bytes) -> bool:
        """Returns False when the frame is dropped: too old, or Redis does not take it."""
        if self._clock() - frame.captured_at > STALE_AFTER:
            return False
        try:
            streams.publish(self._client, self._stream, frame.model_dump_json(), blob=jpeg, keep=streams.LIVE_FRAMES)
        except UNAVAILABLE as error:
            self._outage.begins(error)
            return False
        self._outage.ends()
        return True


_VIEW = """
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0, false} end
local reply, facts = redis.call('XINFO', 'STREAM', KEYS[1]), {}
for at = 1, #reply, 2 do facts[reply[at]] = reply[at + 1] end
return {facts['length'], facts['entries-added'], facts['first-entry'] and facts['first-entry'][1]}
"""
"""XINFO STREAM without its first and last entry's pictures, which would travel each time."""


@dataclass(frozen=True)
class _View:
    """A stream's length, how many entries were ever added to it, and the id of the first that is left."""

    length: int
    added: int
    first: tuple[int, int] | None


@dataclass
class _Held:
    """A published frame that nobody has taken yet, as far as is known."""

    frame: Frame
    jpeg: bytes
    done: Callable[[], None]
    entry: tuple[int, int] = (0, 0)


class LosslessPublisher:
    """Waits while the stream is full, and publishes again what an emptied Redis lost.

    Recognizers delete an entry after they published its reads, so entries before the stream's first one are handled.
    A stream that counts fewer additions than were made was emptied in between; then all held frames go in again. That
    may repeat a handled frame, which is harmless, because its id is the same.
    """

    def __init__(
        self, client: redis.Redis, stream: str, wait: Callable[[float], bool], outage: Outage, *, position: int = 0
    ) -> None:
        """`wait` sleeps and returns whether to stop."""
        self._client, self._stream, self._wait, self._outage = client, stream, wait, outage
        self._held: deque[_Held] = deque()
        self._next = position
        self._added: int | None = None
        self._view = client.register_script(_VIEW)
        self._settled_at = float("-inf")

    @property
    def position(self) -> int:
        """The lowest index that is not handled yet."""
        return self._held[0].frame.index if self._held else self._next

    def put(self, frame: Frame, jpeg: bytes, done: Callable[[], None]) -> bool:
        """Publishes as soon as there is room; returns False when it was told to stop before."""
        while not self._has_room():
            if self._wait(0.02):
                return False
        held = _Held(frame, jpeg, done)
        while not self._add(held):
            if self._wait(0.5):
                return False
        self._held.append(held)
        self._next = frame.index + 1
        return True

    def drain(self) -> bool:
        """Waits until every frame is handled; returns False when it was told to stop before."""
        while self._held:
            if self._wait(0.1):
                return False
            self.settle()
        return True

    def settle(self, at_most_each: float = 0.0) -> None:
        """Finds out which frames are handled and which were lost."""
        if self._held and time.monotonic() - self._settled_at >= at_most_each:
            self._look()

    def _has_room(self) -> bool:
        # Looking before each frame keeps the order: what was lost comes again before what is new.
        view = self._look()
        return view is not None and view.length < streams.FILE_FRAMES and len(self._held) < HELD_FRAMES

    def _look(self) -> _View | None:
        """Settles what the stream now says; None when it says nothing, or was emptied."""
        self._settled_at = time.monotonic()
        try:
            length, added, first = self._view(keys=[self._stream])
        except UNAVAILABLE as error:
            self._outage.begins(error)
            return None
        view = _View(int(length), int(added), _entry_id(first) if first else None)
        if self._added is not None and view.added < self._added:
            self._again(view.added)
            return None
        self._added = view.added
        while self._held and (view.first is None or self._held[0].entry < view.first):
            self._held.popleft().done()
        return view

    def _add(self, held: _Held) -> bool:
        try:
            entry = streams.publish(self._client, self._stream, held.frame.model_dump_json(), blob=held.jpeg)
        except UNAVAILABLE as error:
            self._outage.begins(error)
            return False
        self._outage.ends()
        held.entry = _entry_id(entry.encode())
        self._added = (self._added or 0) + 1
        return True

    def _again(self, added: int) -> None:
        logger.warning("redis was emptied, publishing frames again", extra={"frames": len(self._held)})
        self._added = added
        for held in self._held:
            if not self._add(held):
                # What is missing shows as another loss in the next round.
                self._added += len(self._held)
                return


def _entry_id(raw: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = raw.partition(b"-")
    return int(milliseconds), int(sequence)
