"""A destination that is away for three days: everything arrives afterwards, in order, and nothing grows meanwhile."""

from __future__ import annotations

import contextlib
import resource
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from services.integrations.engine import worker as engine_worker
from shared.errors import Retry
from shared.integration import Integration, Pictures, Receipt
from shared.messages import Delivery
from shared.testing import Site
from tests.simulators.made_up_integration import PeerSettings

Until = Callable[..., None]
STEP = timedelta(minutes=20)
STEPS = 3 * 24 * 3
EVENTS_A_STEP = 10
MOST_GROWTH_KIB = 40 * 1024
_OLDER = """
UPDATE deliveries SET created_at = created_at - :by, due_at = due_at - :by, expires_at = expires_at - :by,
    lease_until = lease_until - :by
"""
_REST_OVER = "UPDATE destinations SET open_until = open_until - :by"


class AwayPeer:
    """A peer that refuses while it is away, and remembers what came."""

    def __init__(self, lanes: int) -> None:
        self.away = threading.Event()
        self.tries = 0
        self.got: list[Delivery] = []
        self._lock = threading.Lock()
        self.integration = Integration(
            "fake", "Fake", "1", PeerSettings, self.deliver, lambda settings: Receipt(), lanes
        )

    def deliver(self, delivery: Delivery, pictures: Pictures, settings: PeerSettings) -> Receipt:
        with self._lock:
            self.tries += 1
            if self.away.is_set():
                raise Retry("connection refused")
            self.got.append(delivery)
        return Receipt(200)


def pass_time(site: Site, by: timedelta) -> None:
    """The ledger's clock is PostgreSQL's and cannot be moved, so all that it holds grows older instead."""
    for statement in (_OLDER, _REST_OVER):
        while True:
            # All rows at once meet the worker's own locks; whoever is let down begins again, as the worker does.
            with contextlib.suppress(OperationalError), site.engine.begin() as connection:
                connection.execute(text(statement), {"by": by})
                break


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("lanes", [1, 4])
def test_three_days_offline_lose_double_and_reorder_nothing(
    site: Site, ledger: Any, start_worker: Any, until: Until, lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is late is looked for every second and not every five, so that no step passes it by.
    monkeypatch.setattr(engine_worker, "COUNT_EVERY", 1.0)
    peer = AwayPeer(lanes)
    peer.away.set()
    destination = ledger.destination("fake")
    start_worker(peer.integration)
    sent: list[str] = []

    def more(step: int) -> None:
        plates = [f"D{step:03}X{number:02}" for number in range(EVENTS_A_STEP)]
        ledger.add(destination, *plates)
        sent.extend(plates)

    before = 0
    for step in range(STEPS):
        more(step)
        tried = peer.tries
        pass_time(site, STEP)
        until(lambda tried=tried: peer.tries > tried, "the peer is asked again, and its breaker lets one through")
        if step == STEPS // 4:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    away_for = STEPS * STEP
    assert away_for == timedelta(days=3)
    assert peer.got == []
    # Until the breaker opened every lane tried; from then on one try at a time, as often as a pause ended.
    assert peer.tries <= 5 + lanes + 2 * STEPS
    assert ledger.states(destination) == {"due": len(sent)}
    assert grown < MOST_GROWTH_KIB, f"the process grew by {grown} KiB"

    peer.away.clear()
    pass_time(site, timedelta(minutes=5))
    until(lambda: len(peer.got) >= len(sent), "all of three days has arrived", seconds=120)
    until(lambda: ledger.states(destination) == {"delivered": len(sent)}, "all is written down")
    arrived = [delivery.event.plate for delivery in peer.got]
    assert len(arrived) == len(set(arrived)) == len(sent)
    if lanes == 1:
        assert arrived == sent
        assert [delivery.packet_counter for delivery in peer.got] == list(range(1, len(sent) + 1))
    else:
        # Several lanes send at once, and what had been tried before waits out its last pause.
        late = [abs(sent.index(plate) - place) for place, plate in enumerate(arrived)]
        assert sorted(late)[len(late) * 9 // 10] <= 2 * lanes


def test_the_pause_of_a_row_that_was_the_probe_ends_when_the_breaker_does(
    site: Site, ledger: Any, start_worker: Any, until: Until
) -> None:
    """After ten tries a row waits ten hours by its own schedule; the peer is back after minutes."""
    peer = AwayPeer(1)
    peer.away.set()
    destination = ledger.destination("fake")
    (head,) = ledger.add(destination, "AB123")
    ledger.set_row(head, attempts=20)
    ledger.set_destination(destination, failures_in_a_row=9)
    start_worker(peer.integration)
    until(lambda: peer.tries == 1, "the probe was tried")
    until(lambda: ledger.row(head).last_error != "", "its failure is written down")
    row, rest = ledger.row(head), ledger.get_destination(destination)
    assert row.lease_until <= rest.open_until
    peer.away.clear()
    pass_time(site, timedelta(minutes=6))
    until(lambda: ledger.states(destination) == {"delivered": 1}, "delivered as soon as the breaker let it")
