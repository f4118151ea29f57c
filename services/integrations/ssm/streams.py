"""Serves monitor and monitordiff: the full status first, then changes, in a proxy together with the camera's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.integrations.ssm import merging
from services.integrations.ssm.board import Board, Follower
from services.integrations.ssm.message import State
from services.integrations.ssm.parts import PartReader, TooLarge
from services.integrations.ssm.profile import Profile
from services.integrations.ssm.status import Wanted, change, part, snapshot
from services.integrations.ssm.tap import Came, Heard, Lost, Opened, Tap
from services.integrations.ssm.upstream import Upstream
from services.integrations.ssm.wire import Request, Wire
from shared.clock import now

FIRST_STATUS = 4.0
"""Seconds that a consumer waits for the camera's full status before it gets ours alone."""
SETTLED = 0.3
"""Seconds without a byte after which a part of the camera's without a length is taken for whole."""
TICK = 0.5


@dataclass
class Stream:
    """One consumer's stream, written by its connection's thread alone."""

    wire: Wire
    wish: Wanted
    board: Board
    profile: Profile
    keepalive: float
    upstream: Upstream | None = None
    _reader: PartReader | None = None
    _fresh: bool = True
    """The camera's next part is a full status."""
    _wrote: float = field(default_factory=time.monotonic)
    _full_at: float = 0.0

    def serve(self, request: Request) -> None:
        """Until the consumer leaves or is dropped. Raises OSError when it does not take what is written."""
        follower: Follower[State | Heard] = Follower(
            self.wish.covers,
            hears=lambda: self.wish.carries_plates(self.profile),
            gone=self.wire.gone,
            drop=self.wire.cut,
        )
        kind = f"multipart/x-mixed-replace; boundary={self.profile.wire.boundary}"
        self.wire.keep_little()
        self.wire.begin(200, [*self.profile.wire.stream_headers.items(), ("Content-Type", kind)])
        tap = Tap(self.upstream, request, follower.put) if self.upstream else None
        try:
            self._begin(follower)
            self._go_on(follower)
        finally:
            self.board.unfollow(follower)
            if tap:
                tap.stop()

    def _begin(self, follower: Follower[State | Heard]) -> None:
        """The first part: the full status of both devices, or ours when the camera's does not come in time."""
        deadline = time.monotonic() + FIRST_STATUS
        while self.upstream and self._fresh and time.monotonic() < deadline and not follower.dropped:
            item = follower.take(SETTLED)
            if isinstance(item, Lost):
                break
            if parts := list(self._parts(item)):
                self._fresh = False
                # From here on changes of ours are in the queue, so that none falls between status and changes.
                self._full(self.board.follow(follower), parts[0])
                for theirs in parts[1:]:
                    self._forward(theirs)
                return
        self._full(self.board.follow(follower), None)

    def _go_on(self, follower: Follower[State | Heard]) -> None:
        while not follower.dropped and not self.wire.gone():
            item = follower.take(self._patience())
            if isinstance(item, State):
                for body in change(item, self.wish, self.profile, now()):
                    self._write(body)
            else:
                for theirs in self._parts(item):
                    self._forward(theirs)
            self._repeat()

    def _patience(self) -> float:
        if self.upstream:
            return SETTLED
        if self.wish.action == "monitor":
            return max(0.01, min(TICK, self._full_at + self.wish.period - time.monotonic()))
        return TICK

    def _parts(self, heard: State | Heard | None) -> Iterator[str]:
        """The camera's parts that are whole with what was heard; None is a moment of silence."""
        if isinstance(heard, Opened):
            self._reader, self._fresh = PartReader(heard.boundary), True
        elif isinstance(heard, Lost):
            self._reader, self._fresh = None, True
        elif self._reader and isinstance(heard, Came):
            try:
                yield from self._reader.feed(heard.data)
            except TooLarge:
                self._reader = None
        elif self._reader:
            yield from self._reader.settle()

    def _forward(self, theirs: str) -> None:
        """A full status gets ours added; a change of the camera's passes as it is."""
        if self._fresh or self.wish.action == "monitor":
            self._fresh = False
            self._full(self.board.states(), theirs)
        else:
            self._write(merging.forwarded(theirs, self.profile))

    def _repeat(self) -> None:
        """What is due by the clock: monitor's next full status, or a sign that the connection lives."""
        waited = time.monotonic() - self._full_at
        alone = self.wish.action == "monitor" and (self.upstream is None or self._reader is None)
        if alone and waited >= self.wish.period:
            self._full(self.board.states(), None)
        elif self.keepalive and time.monotonic() - self._wrote >= self.keepalive:
            states = self.board.states()
            # A plate that is on now was told already, and telling it again would look like another one.
            if not any(state.on for state in states):
                self._full(states, None)

    def _full(self, states: list[State], theirs: str | None) -> None:
        at = now()
        merged = theirs and merging.status(theirs, states, self.wish, self.profile, at)
        if theirs and merged is None and not merging.refused(theirs):
            self._write(merging.forwarded(theirs, self.profile))
        self._write(merged or snapshot(states, self.wish, self.profile, at))
        self._full_at = time.monotonic()

    def _write(self, body: str) -> None:
        self.wire.write(part(body, self.wish, self.profile))
        self._wrote = time.monotonic()
