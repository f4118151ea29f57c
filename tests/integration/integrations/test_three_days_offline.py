"""A destination that is away for three days: it is probed as documented, and then gets everything once."""

from __future__ import annotations

import resource
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.integrations.engine.breaker import LONGEST_PAUSE
from services.integrations.engine.outbox import Outbox, Surroundings
from shared.errors import Retry
from shared.integration import Integration, Pictures, Receipt
from shared.media import MediaStore
from shared.messages import CommandState, Delivery
from shared.testing import Site
from tests.integration.integrations.gate import Gate
from tests.integration.integrations.moved_clock import MovedClock
from tests.simulators.http_relay import HttpRelay
from tests.simulators.made_up_integration import PeerSettings

STEP = timedelta(minutes=10)
DAYS = timedelta(days=3)
EACH_STEP = 5
MEMORY = 64_000
"""Kilobytes by which the process may grow once it has seen the first hours: generous, and far from a leak."""
WARM = 50


class Peer:
    """Away until it is not; remembers when it was tried and which plates it got."""

    def __init__(self, clock: Callable[[], datetime], lanes: int) -> None:
        self.clock = clock
        self.away = True
        self.tries: list[datetime] = []
        self.got: list[str] = []
        self.integration = Integration(
            "fake", "Fake", "1", PeerSettings, self.deliver, lambda settings: Receipt(), lanes
        )

    def deliver(self, delivery: Delivery, pictures: Pictures, settings: PeerSettings) -> Receipt:
        self.tries.append(self.clock())
        if self.away:
            raise Retry("No answer")
        self.got.append(delivery.event.plate)
        return Receipt(200)


@pytest.fixture
def clock(site: Site) -> MovedClock:
    return MovedClock(site)


def outbox_of(peer: Peer, ledger: Any) -> Outbox:
    site = ledger.site
    around = Surroundings(site.engine, ledger.vault, MediaStore(site.settings.media_dir), str, site.settings.data_dir)
    return Outbox(ledger.destination("fake"), peer.integration, around)


def add(ledger: Any, outbox: Outbox, clock: MovedClock, *plates: str) -> None:
    at = clock()
    ledger.add(outbox.destination_id, *plates, due_at=at, created_at=at, expires_at=at + timedelta(days=7))


def work(outbox: Outbox) -> None:
    while outbox.turn():
        pass


@pytest.mark.parametrize("lanes", [1, 4])
def test_after_three_days_everything_arrives_once_and_in_order(ledger: Any, clock: MovedClock, lanes: int) -> None:
    peer = Peer(clock, lanes)
    outbox, sent = outbox_of(peer, ledger), list[str]()
    for step in range(DAYS // STEP):
        plates = [f"D{step * EACH_STEP + index:05}" for index in range(EACH_STEP)]
        add(ledger, outbox, clock, *plates)
        sent += plates
        work(outbox)
        clock.move(STEP)
        if step == WARM:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert ledger.states(outbox.destination_id) == {"due": len(sent)}
    peer.away = False
    clock.move(timedelta(seconds=LONGEST_PAUSE))
    work(outbox)

    assert len(peer.got) == len(sent) == len(set(peer.got))
    if lanes == 1:
        assert peer.got == sent
    assert ledger.states(outbox.destination_id) == {"delivered": len(sent)}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


@pytest.mark.parametrize("lanes", [1, 4])
def test_a_dead_destination_is_probed_after_30_60_120_240_and_then_each_300_seconds(
    ledger: Any, clock: MovedClock, lanes: int
) -> None:
    peer = Peer(clock, lanes)
    outbox = outbox_of(peer, ledger)
    add(ledger, outbox, clock, *(f"P{index}" for index in range(20)))
    for _ in range(400):
        work(outbox)
        clock.move(timedelta(seconds=5))

    probes = [(later - earlier).total_seconds() for earlier, later in pairwise(peer.tries[4:])]
    assert len(probes) >= 7
    for seen, pause in zip(probes, [30, 60, 120, 240, 300, 300, 300], strict=False):
        assert pause <= seen < pause + 8


def test_an_order_that_waited_three_days_never_reaches_the_barrier(site: Site, clock: MovedClock) -> None:
    with HttpRelay(seconds=0.05) as relay:
        gate = Gate.add(site, driver="http", on_url=f"{relay.url}/on/{{command_id}}", pause=0, cool_down=0)
        order = gate.order()
        clock.move(DAYS)
        gatekeeper = gate.gatekeeper(clock=clock)
        while gatekeeper.turn():
            pass
        assert gate.row(order).state == CommandState.EXPIRED
        assert relay.requests == []
