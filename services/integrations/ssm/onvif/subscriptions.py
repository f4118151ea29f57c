"""Pull points: who follows our topic by ONVIF, what waits for it, and until when."""

from __future__ import annotations

import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.integrations.ssm.board import Board, Follower
from services.integrations.ssm.message import State
from services.integrations.ssm.onvif.soap import Fault
from services.integrations.ssm.profile import Profile
from shared.clock import now

MOST = 32
ABANDONED = 60.0
"""Seconds without a pull after which a subscription is no longer waited for, though it may run for an hour."""
SHORTEST, USUAL, LONGEST = timedelta(seconds=5), timedelta(seconds=60), timedelta(hours=1)
_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


@dataclass(eq=False)
class Subscription:
    """One pull point."""

    identity: str
    client: str
    ends: datetime
    wanted: bool
    """Its topics hold ours."""
    follower: Follower[State] = field(init=False)
    ended: threading.Event = field(default_factory=threading.Event)
    first: list[State] = field(default_factory=list)
    """The states when it began, or when it wanted to be told anew."""
    pulled: float = field(default_factory=time.monotonic)
    """When the last pull ends or ended."""

    @property
    def over(self) -> bool:
        return self.ended.is_set() or self.ends <= now()

    def hears(self) -> bool:
        return self.wanted and time.monotonic() - self.pulled < ABANDONED


class Subscriptions:
    """All pull points of one server; safe to use from every thread."""

    def __init__(self, board: Board, profile: Profile) -> None:
        self._board, self._topic = board, profile.topic
        self._lock = threading.Lock()
        self._known: dict[str, Subscription] = {}

    def all(self) -> list[Subscription]:
        with self._lock:
            return [one for one in self._known.values() if not one.over]

    def create(self, client: str, ends: datetime, topics: str) -> Subscription:
        """Raises Fault when there are too many."""
        self.prune()
        subscription = Subscription(secrets.token_hex(8), client, ends, wants(topics, self._topic))
        subscription.follower = Follower(
            lambda _channel: subscription.wanted,
            hears=subscription.hears,
            gone=lambda: subscription.over,
            drop=subscription.ended.set,
        )
        with self._lock:
            if len(self._known) >= MOST:
                raise Fault("wsnt:SubscribeCreationFailedFault", "There are too many subscriptions", 500)
            self._known[subscription.identity] = subscription
        states = self._board.follow(subscription.follower)
        subscription.first = states if subscription.wanted else []
        return subscription

    def get(self, identity: str) -> Subscription:
        """Raises Fault for one that is unknown or over."""
        self.prune()
        with self._lock:
            if identity not in self._known:
                raise Fault("wsnt:ResourceUnknownFault", "This subscription does not exist or is over")
            return self._known[identity]

    def synchronise(self, subscription: Subscription) -> None:
        """Tells the states anew with the next pull."""
        subscription.first = self._board.states() if subscription.wanted else []

    def end(self, subscription: Subscription) -> None:
        subscription.ended.set()
        self.prune()

    def prune(self) -> None:
        with self._lock:
            over = [one for one in self._known.values() if one.over]
            for subscription in over:
                del self._known[subscription.identity]
        for subscription in over:
            self._board.unfollow(subscription.follower)
            subscription.follower.end()

    def pull(self, subscription: Subscription, seconds: float, limit: int) -> list[tuple[State, str]]:
        """States and their PropertyOperation; waits for the first of them, at most these seconds."""
        subscription.pulled = time.monotonic() + seconds
        told = [(state, "Initialized") for state in subscription.first[:limit]]
        subscription.first = subscription.first[limit:]
        deadline = time.monotonic() + (0 if told else seconds)
        while len(told) < limit and not subscription.over:
            state = subscription.follower.take(max(0.0, min(1.0, deadline - time.monotonic())))
            if state is not None:
                told.append((state, "Changed"))
                deadline = 0.0
            elif time.monotonic() >= deadline:
                break
        subscription.pulled = time.monotonic()
        return told


def wants(topics: str, ours: str) -> bool:
    """Whether a topic expression of Concrete or ConcreteSet form holds our topic; without one all are wanted.

    Prefixes are free to choose, so only what follows them is compared.
    """
    path = _bare(ours)
    choices = [_bare(choice) for choice in topics.split("|") if choice.strip()]
    return not choices or any(
        path == one or (one.endswith("//.") and f"{path}/".startswith(one[:-2])) for one in choices
    )


def _bare(topic: str) -> str:
    return "/".join(step.rpartition(":")[2] for step in topic.strip().split("/"))


def until(text: str) -> datetime:
    """The end that a TerminationTime asks for: a duration, a time, or nothing. Raises Fault."""
    begun = now()
    if not text:
        return begun + USUAL
    if text.startswith("P"):
        length = duration(text)
    else:
        try:
            length = datetime.fromisoformat(text) - begun
        except (ValueError, TypeError):
            raise Fault("wsnt:UnacceptableInitialTerminationTimeFault", "The termination time is none") from None
    return begun + min(max(length, SHORTEST), LONGEST)


def duration(text: str) -> timedelta:
    """An xs:duration of days and less. Raises Fault."""
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise Fault("ter:InvalidArgVal", "A duration looks like PT60S")
    try:
        return timedelta(**{unit: float(value) for unit, value in found.groupdict().items() if value})
    except OverflowError:
        return LONGEST
