"""The delivery engine while destinations, settings and servers come and go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from sqlalchemy import text

from services.integrations.engine import ledger as engine_ledger
from services.integrations.engine.ledger import Terms
from services.integrations.engine.outcome import failed
from shared.clock import now
from shared.db.session import DATABASE_DOWN
from shared.errors import Retry
from shared.status import service_statuses
from shared.testing import Site
from tests.simulators.made_up_integration import Peers

Until = Callable[..., None]
MANY = [f"AB{number:03d}" for number in range(40)]


def test_destinations_come_change_pause_and_go_while_running(
    ledger: Any, start_worker: Any, until: Until, site: Site
) -> None:
    peers = Peers()
    start_worker(peers.integration)
    destination = ledger.destination("fake", peer="old")
    ledger.add(destination, "AB1")
    until(lambda: peers.plates("old") == ["AB1"], "a new destination is noticed")

    ledger.change(destination, peer="new")
    ledger.add(destination, "CD2")
    until(lambda: peers.plates("new") == ["CD2"], "changed settings are used at once")

    ledger.set_destination(destination, enabled=False)
    ledger.add(destination, "EF3")
    assert threading.Event().wait(0.5) is False
    assert ledger.states(destination) == {"delivered": 2, "due": 1}

    ledger.set_destination(destination, enabled=True)
    until(lambda: peers.plates("new") == ["CD2", "EF3"], "it goes on")
    with site.engine.begin() as connection:
        connection.execute(text("DELETE FROM destinations"))
    other = ledger.destination("fake", peer="other")
    ledger.add(other, "GH4")
    until(lambda: peers.plates("other") == ["GH4"], "the worker outlives a removed destination")


def test_without_redis_deliveries_are_found_by_polling(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers()
    destination = ledger.destination("fake")
    nowhere = redis.Redis(unix_socket_path="/nonexistent.sock")

    start_worker(peers.integration, client=nowhere)
    ledger.add(destination, "AB1")

    until(lambda: peers.plates() == ["AB1"], "delivered")


def test_a_wake_up_reaches_the_lane_long_before_the_poll(
    ledger: Any, start_worker: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = Peers()
    destination = ledger.destination("fake")
    worker = start_worker(peers.integration)
    until(lambda: worker._outboxes, "the outbox is open")
    monkeypatch.setattr(worker._outboxes[destination], "around", _never_polls(worker._outboxes[destination].around))
    ledger.add(destination, "AB1")
    until(lambda: peers.plates() == ["AB1"], "the lane now waits for a wake-up only")

    ledger.add(destination, "CD2")

    until(lambda: peers.plates() == ["AB1", "CD2"], "woken")


def _never_polls(around: Any) -> Any:
    return replace(around, poll=3600.0)


def test_lanes_survive_a_database_that_goes_away(ledger: Any, start_worker: Any, until: Until, site: Site) -> None:
    peers = Peers()
    peers.gates["a"] = threading.Event()
    destination = ledger.destination("fake")
    ledger.add(destination, *MANY[:3])
    start_worker(peers.integration)
    until(lambda: peers.tries["a"] == 1, "a try is under way")

    with site.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    peers.gates["a"].set()

    def all_delivered() -> bool:
        # The test shares the pool with the worker, and its own connections were ended too.
        try:
            return bool(ledger.states(destination) == {"delivered": 3})
        except DATABASE_DOWN:
            return False

    until(all_delivered, "all delivered")
    assert peers.plates() == MANY[:3]


def test_pictures_come_from_the_media_store_and_addresses_from_the_site(
    ledger: Any, start_worker: Any, until: Until, site: Site
) -> None:
    peers = Peers()
    worker = start_worker(peers.integration)
    key = worker.media.put(b"jpeg", "frame", now())
    with site.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO settings (name, value) VALUES ('public_url', '{\"value\": \"https://gate.example/\"}')")
        )
    destination = ledger.destination("fake")
    (delivery,) = ledger.add(destination, "AB1", state="dead")
    event = ledger.row(delivery).event | {"frame_key": key}
    ledger.set_row(delivery, event=event, state="due")
    event_id = UUID(event["event_id"])

    until(lambda: peers.pictures, "delivered")
    assert peers.pictures == [(b"jpeg", f"https://gate.example/api/v1/events/{event_id}/frame.jpg")]


def test_a_worker_reports_what_it_did_and_what_waits(ledger: Any, start_worker: Any, until: Until, site: Site) -> None:
    peers = Peers()
    destination = ledger.destination("fake")
    ledger.add(destination, *MANY[:3])

    start_worker(peers.integration)

    def delivered() -> float:
        return sum(status.values["delivered"] for status in service_statuses(site.events))

    until(lambda: delivered() == 3, "three delivered are reported")
    (status,) = service_statuses(site.events)
    assert (status.service, status.instance, status.values["dead"]) == ("integrations", "fake", 0)
    assert engine_ledger.backlog(site.engine, "fake") == (0, 0.0)
    ledger.add(ledger.destination("other"), "AB1", due_at=now() - timedelta(seconds=90))
    count, seconds = engine_ledger.backlog(site.engine, "other")
    assert count == 1
    assert 90 <= seconds < 120


def test_a_delivery_whose_destination_was_removed_meanwhile_is_no_error(ledger: Any, site: Site) -> None:
    destination = ledger.destination("fake")
    ledger.add(destination, "AB1")
    claimed = engine_ledger.claim(site.engine, destination, Terms(ordered=True), 1)
    assert claimed is not None
    with site.engine.begin() as connection:
        connection.execute(text("DELETE FROM destinations"))

    change = engine_ledger.record(site.engine, claimed, failed(Retry("busy"), 1), 1.0)

    assert (change.broke, change.recovered) == (False, False)
    assert engine_ledger.claim(site.engine, uuid4(), Terms(ordered=True), 1) is None
