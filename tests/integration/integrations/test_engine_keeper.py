"""What an integration keeps open for a destination lives exactly as long as the destination and its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.integrations.engine import backoff, keeper
from shared.errors import Retry
from shared.testing import Site
from tests.simulators.made_up_integration import Peers

Until = Callable[..., None]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "SCHEDULE", (0, 0.05))


def test_it_begins_with_the_destination_and_anew_with_its_settings(
    ledger: Any, start_worker: Any, until: Until, site: Site
) -> None:
    peers = Peers()
    start_worker(peers.integration)
    destination = ledger.destination("fake", peer="old")
    until(lambda: peers.kept == [("old", "begun")], "it begins")

    ledger.change(destination, peer="new")
    until(lambda: peers.kept[1:] == [("old", "ended"), ("new", "begun")], "new settings begin it anew")

    ledger.set_destination(destination, enabled=False)
    until(lambda: peers.kept[3:] == [("new", "ended")], "a paused destination keeps nothing open")
    folder = site.settings.data_dir / "integrations" / str(destination)
    assert (folder / "kept").read_text().startswith("fake ")


def test_what_breaks_is_shown_and_begun_again(ledger: Any, start_worker: Any, until: Until) -> None:
    peers = Peers()
    peers.keep_errors = [Retry("The port is taken"), KeyError("a fault")]
    start_worker(peers.integration)
    destination = ledger.destination("fake", peer="a")

    until(lambda: "port is taken" in ledger.get_destination(destination).last_error, "the reason is shown")
    until(lambda: "Fault in the integration" in ledger.get_destination(destination).last_error, "a fault too")
    until(lambda: len(peers.kept) == 3, "it is begun again after each")
    ledger.add(destination, "AB1")
    until(lambda: peers.plates() == ["AB1"], "deliveries go on beside it")


def test_what_worked_for_long_is_begun_again_as_soon_as_the_first_time(
    ledger: Any, start_worker: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "SCHEDULE", (0, 0.05, 600))
    monkeypatch.setattr(keeper, "STEADY", -1.0)
    peers = Peers()
    peers.keep_errors = [Retry("the line broke"), Retry("the line broke"), Retry("the line broke")]
    start_worker(peers.integration)
    ledger.destination("fake", peer="a")

    until(lambda: len(peers.kept) == 4, "it is begun again after each")
