"""What every channel's event says now, and the queues of those who follow it.

Each plate is a pulse: True, and False when the hold time is over or the next plate comes, since a consumer that sees
True twice sees no difference. All queues get all changes in the same order; whoever does not empty its own is dropped.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from services.integrations.ssm.message import State
from shared.clock import now

LONGEST_QUEUE = 256
ItemT = TypeVar("ItemT")


class Follower(Generic[ItemT]):
    """One consumer's bounded queue.

    Args:
        covers: whether it follows a channel.
        hears: whether a plate would reach it now, not only that there was one.
        gone: whether its connection has ended meanwhile.
        drop: ends its connection.
    """

    def __init__(
        self,
        covers: Callable[[int], bool],
        *,
        hears: Callable[[], bool],
        gone: Callable[[], bool],
        drop: Callable[[], None],
    ) -> None:
        self.covers, self.hears, self.gone, self.drop = covers, hears, gone, drop
        self.since = now()
        self.dropped = False
        self._items: deque[ItemT] = deque()
        self._changed = threading.Condition()

    def put(self, item: ItemT) -> bool:
        """False when the queue is full."""
        with self._changed:
            if len(self._items) >= LONGEST_QUEUE:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def take(self, seconds: float) -> ItemT | None:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self.dropped, seconds)
            return self._items.popleft() if self._items and not self.dropped else None

    def end(self) -> None:
        with self._changed:
            self.dropped = True
            self._changed.notify_all()
        self.drop()


@dataclass
class Board:
    """The states of all channels; safe to use from every thread.

    Args:
        cameras: the channels that exist, and the names of their cameras.
        pulse: seconds.
    """

    cameras: Mapping[int, str]
    pulse: float
    plates: int = 0
    """Told since the board was set up."""
    _states: dict[int, State] = field(default_factory=dict)
    _until: dict[int, float] = field(default_factory=dict)
    _followers: list[Follower[Any]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False

    def __post_init__(self) -> None:
        began = now()
        self._states = {channel: State(channel, False, began, name) for channel, name in sorted(self.cameras.items())}

    def states(self) -> list[State]:
        with self._changed:
            return list(self._states.values())

    def follow(self, follower: Follower[Any]) -> list[State]:
        """Begins to fill its queue; returns the states before whatever comes in the queue."""
        with self._changed:
            self._followers.append(follower)
            self._changed.notify_all()
            return list(self._states.values())

    def unfollow(self, follower: Follower[Any]) -> None:
        with self._changed:
            if follower in self._followers:
                self._followers.remove(follower)

    def tell(self, state: State, patience: float, *, unheard: bool) -> int | None:
        """Begins a plate's pulse once somebody follows its channel who hears plates.

        Args:
            patience: seconds to wait for such a consumer.
            unheard: begin it although there is none.

        Returns:
            Consumers that heard the plate; None when it was not told.
        """
        deadline = time.monotonic() + (0 if unheard else patience)
        with self._changed:
            while not (heard := self._hearing(state.channel)) and not unheard and not self._closed:
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(min(left, 0.5))
            if self._closed:
                return None
            self._pulse(state)
            return len(heard)

    def hearing(self, channel: int) -> int:
        """Consumers that a plate of this channel would reach."""
        with self._changed:
            return len(self._hearing(channel))

    def rest(self, longest: float) -> None:
        """Ends the pulses that are over and waits until the next will be, or something changes."""
        with self._changed:
            due = [channel for channel, until in self._until.items() if until <= time.monotonic()]
            for channel in due:
                self._end_pulse(channel)
            ends = min(self._until.values(), default=float("inf"))
            self._changed.wait(max(0.0, min(longest, ends - time.monotonic())))

    def close(self) -> None:
        """Nothing is told any more and every follower's connection ends."""
        with self._changed:
            self._closed = True
            followers, self._followers = self._followers, []
            self._changed.notify_all()
        for follower in followers:
            follower.end()

    def _hearing(self, channel: int) -> list[Follower[Any]]:
        for follower in [one for one in self._followers if one.gone()]:
            self._followers.remove(follower)
            follower.end()
        return [one for one in self._followers if one.covers(channel) and one.hears()]

    def _pulse(self, state: State) -> None:
        if self._states[state.channel].on:
            self._end_pulse(state.channel)
        self.plates += 1
        self._until[state.channel] = time.monotonic() + self.pulse
        self._set(state)
        self._changed.notify_all()

    def _end_pulse(self, channel: int) -> None:
        self._until.pop(channel, None)
        self._set(replace(self._states[channel], on=False, at=_later(self._states[channel].at), fields=()))

    def _set(self, state: State) -> None:
        self._states[state.channel] = state
        for follower in [one for one in self._followers if one.covers(state.channel)]:
            if not follower.put(state):
                self._followers.remove(follower)
                follower.end()


def _later(begun: datetime) -> datetime:
    """Now, but not before the pulse began: cameras' clocks may be ahead of ours."""
    return max(now(), begun)
