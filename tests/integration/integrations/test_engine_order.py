"""The delivery engine on a real ledger: once, in order, and no destination slows another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from services.integrations.engine import backoff
from services.integrations.engine import ledger as engine_ledger
from services.integrations.engine.ledger import Terms
from shared.errors import Retry
from shared.messages import Moment
from shared.testing import Site
from tests.simulators.made_up_integration import Peers

Until = Callable[..., None]
MANY = [f"AB{number:03d}" for number in range(40)]


def test_what_is_due_is_delivered_once_and_in_order(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers()
    destination = ledger.destination("fake")
    ledger.add(destination, *MANY)

    start_worker(peers.integration)

    until(lambda: ledger.states(destination) == {"delivered": 40}, "all delivered")
    assert peers.plates() == MANY
    assert [delivery.packet_counter for delivery in peers.got["a"]] == list(range(1, 41))
    assert ledger.get_destination(destination).last_success_at is not None


def test_a_row_says_what_the_peer_answered(ledger: Any, start_worker: Any, until: Until) -> None:
    destination = ledger.destination("fake")
    (delivery,) = ledger.add(destination, "AB123")

    start_worker(Peers().integration)

    until(lambda: ledger.states(destination) == {"delivered": 1}, "delivered")
    row = ledger.row(delivery)
    assert (row.last_status, row.answer, row.last_error, row.attempts) == (200, "thanks", "", 1)
    assert row.delivered_at is not None
    assert row.lease_until is None


@pytest.mark.usefixtures("quick")
def test_later_ones_wait_behind_one_that_is_tried_again(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers()
    peers.errors["a"] = [Retry("busy", status=503), Retry("busy", status=503)]
    destination = ledger.destination("fake")
    ledger.add(destination, *MANY[:5])

    start_worker(peers.integration)

    until(lambda: ledger.states(destination) == {"delivered": 5}, "all delivered")
    assert peers.plates() == MANY[:5]
    assert [delivery.packet_counter for delivery in peers.got["a"]] == [1, 2, 3, 4, 5]
    assert [delivery.attempt for delivery in peers.got["a"]] == [3, 1, 1, 1, 1]


def test_with_several_lanes_others_pass_by_one_that_waits(
    ledger: Any, start_worker: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "SCHEDULE", (0, 3600))
    peers = Peers(lanes=3)
    peers.errors["a"] = [Retry("busy")]
    destination = ledger.destination("fake")
    ledger.add(destination, *MANY)

    start_worker(peers.integration)

    until(lambda: ledger.states(destination) == {"due": 1, "delivered": 39}, "all but one delivered")


def test_a_vehicles_leaving_never_overtakes_its_coming(ledger: Any, site: Site) -> None:
    destination = ledger.destination("fake")
    (detect,) = ledger.add(destination, "AB123")
    event_id = ledger.row(detect).event_id
    (lost,) = ledger.add(destination, "AB123", moment=Moment.LOST)
    ledger.set_row(lost, event_id=event_id)
    lanes = Terms(ordered=False)

    first = engine_ledger.claim(site.engine, destination, lanes, 1)
    nothing = engine_ledger.claim(site.engine, destination, lanes, 2)
    ledger.set_row(detect, state="delivered")
    second = engine_ledger.claim(site.engine, destination, lanes, 2)

    assert first is not None
    assert first.row.id == detect
    assert nothing is None
    assert second is not None
    assert second.row.id == lost


def test_a_hanging_destination_slows_no_other(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers()
    peers.gates["slow"] = threading.Event()
    slow, fast = ledger.destination("fake", peer="slow"), ledger.destination("fake", peer="fast")
    ledger.add(slow, *MANY[:3])
    ledger.add(fast, *MANY)

    start_worker(peers.integration)

    until(lambda: ledger.states(fast) == {"delivered": 40}, "the fast one has all")
    assert ledger.states(slow) == {"due": 3}
    peers.gates["slow"].set()
    until(lambda: ledger.states(slow) == {"delivered": 3}, "the slow one has all")
    assert peers.plates("slow") == MANY[:3]


def test_two_workers_of_a_kind_share_without_sending_twice(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers(lanes=4)
    destination = ledger.destination("fake")
    ledger.add(destination, *MANY)

    start_worker(peers.integration, instance="one-")
    start_worker(peers.integration, instance="two-")

    until(lambda: ledger.states(destination) == {"delivered": 40}, "all delivered")
    assert sorted(peers.plates()) == MANY
