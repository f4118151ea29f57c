"""The delivery engine on a real ledger: retries, breaker, dead letters, expiry."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import now
from shared.errors import Reject, Retry, Unauthorised
from tests.simulators.made_up_integration import Peers

Until = Callable[..., None]
MANY = [f"AB{number:03d}" for number in range(40)]


@pytest.mark.usefixtures("quick")
def test_five_failures_open_the_breaker_and_what_waits_uses_up_no_attempts(
    ledger: Any, start_worker: Any, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    peers = Peers()
    peers.errors["a"] = [Retry("connection refused") for _ in range(5)]
    destination = ledger.destination("fake")
    head, *rest = ledger.add(destination, *MANY[:4])

    start_worker(peers.integration)

    until(lambda: ledger.get_destination(destination).open_until is not None, "the breaker opens")
    broken = ledger.get_destination(destination)
    assert (broken.failures_in_a_row, broken.last_error) == (5, "connection refused")
    assert ledger.row(head).attempts == 5
    assert all(ledger.row(one).attempts == 0 for one in rest)

    ledger.set_destination(destination, open_until=now() - timedelta(seconds=1))
    until(lambda: ledger.states(destination) == {"delivered": 4}, "all delivered after the probe")
    assert peers.plates() == MANY[:4]
    assert ledger.get_destination(destination).failures_in_a_row == 0
    told = [record.message for record in caplog.records if "destination" in record.message]
    assert told == ["destination fails, trying it rarely", "destination works again"]


@pytest.mark.usefixtures("quick")
def test_while_the_breaker_is_open_only_one_lane_probes(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers(lanes=4)
    peers.gates["a"] = threading.Event()
    destination = ledger.destination("fake")
    ledger.set_destination(destination, failures_in_a_row=7, open_until=now() - timedelta(seconds=1))
    ledger.add(destination, *MANY[:8])

    start_worker(peers.integration)

    until(lambda: peers.tries["a"] == 1, "a probe is under way")
    assert threading.Event().wait(0.5) is False
    assert peers.tries["a"] == 1
    peers.gates["a"].set()
    until(lambda: ledger.states(destination) == {"delivered": 8}, "all delivered")


def test_a_refusal_is_a_dead_letter_that_can_be_sent_again(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers()
    peers.errors["a"] = [Reject("the field is missing " * 100, status=422)]
    destination = ledger.destination("fake")
    dead, fine = ledger.add(destination, "AB1", "CD2")

    start_worker(peers.integration)

    until(lambda: ledger.states(destination) == {"dead": 1, "delivered": 1}, "one dead, one delivered")
    row = ledger.row(dead)
    assert (row.last_status, row.answer) == (422, ("the field is missing " * 100)[:500])
    assert row.last_error.startswith("Refused with status 422: the field")
    assert ledger.get_destination(destination).failures_in_a_row == 0
    assert fine in {delivery.delivery_id for delivery in peers.got["a"]}

    ledger.set_row(dead, state="due", due_at=now(), attempts=0, expires_at=now() + timedelta(days=7))
    until(lambda: ledger.states(destination) == {"delivered": 2}, "both delivered")
    assert peers.got["a"][-1].packet_counter == 1


def test_wrong_credentials_open_the_breaker_before_all_is_dead(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers()
    peers.errors["a"] = [Unauthorised("who are you", status=401) for _ in range(40)]
    destination = ledger.destination("fake")
    ledger.add(destination, *MANY)

    start_worker(peers.integration)

    until(lambda: ledger.get_destination(destination).failures_in_a_row == 5, "the breaker opens")
    assert ledger.states(destination) == {"dead": 5, "due": 35}
    assert "Refused the credentials" in ledger.get_destination(destination).last_error


@pytest.mark.usefixtures("quick")
def test_a_fault_in_an_integration_is_buried_after_three_tries_and_the_worker_lives_on(
    ledger: Any, start_worker: Any, until: Until
) -> None:
    peers = Peers()
    peers.errors["a"] = [ZeroDivisionError("a secret") for _ in range(3)]
    destination = ledger.destination("fake")
    broken, _ = ledger.add(destination, "AB1", "CD2")

    start_worker(peers.integration)

    until(lambda: ledger.states(destination) == {"dead": 1, "delivered": 1}, "one dead, one delivered")
    row = ledger.row(broken)
    assert (row.attempts, row.last_error) == (3, "Fault in the integration: ZeroDivisionError")


def test_what_is_too_late_is_buried_with_its_last_error(ledger: Any, start_worker: Any, until: Until) -> None:
    destination = ledger.destination("fake")
    past = now() - timedelta(seconds=1)
    (late,) = ledger.add(destination, "AB1", expires_at=past, last_error="connection refused")
    peers = Peers()

    start_worker(peers.integration)

    until(lambda: ledger.states(destination) == {"dead": 1}, "buried")
    assert ledger.row(late).last_error == "Not delivered in time: connection refused"
    assert peers.tries["a"] == 0


def test_a_live_destination_gets_nothing_old(ledger: Any, start_worker: Any, until: Until) -> None:
    destination = ledger.destination("fake")
    ledger.add(destination, "OLD1", created_at=now() - timedelta(seconds=16))
    ledger.add(destination, "NEW2")
    peers = Peers(live=True)

    start_worker(peers.integration)

    until(lambda: ledger.states(destination) == {"expired": 1, "delivered": 1}, "old expired, new delivered")
    assert peers.plates() == ["NEW2"]


def test_changed_settings_close_the_breaker(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers()
    destination = ledger.destination("fake", peer="wrong")
    ledger.set_destination(destination, failures_in_a_row=9, open_until=now() + timedelta(hours=1))
    ledger.add(destination, "AB1")
    worker = start_worker(peers.integration)
    until(lambda: worker._revisions, "the worker knows the destination")

    ledger.change(destination, peer="right")

    until(lambda: peers.plates("right") == ["AB1"], "sent at once")


@pytest.mark.usefixtures("quick")
def test_settings_that_do_not_open_keep_deliveries_until_they_are_mended(
    ledger: Any, start_worker: Any, until: Until
) -> None:
    peers = Peers()
    destination = ledger.destination("fake")
    ledger.set_destination(destination, settings=b"sealed with another key")
    ledger.add(destination, "AB1")

    start_worker(peers.integration)

    until(lambda: "was the key changed" in ledger.get_destination(destination).last_error, "the reason is told")
    assert ledger.states(destination) == {"due": 1}
    ledger.change(destination, peer="a")
    until(lambda: ledger.states(destination) == {"delivered": 1}, "delivered")
