"""The event source as a destination: from the ledger to a consumer, and anew with changed settings."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from services.integrations.engine.checks import check
from shared.testing import Site
from tests.integration.integrations.ssm.conftest import free_port
from tests.simulators.ssm_client import SsmClient, Stream

Until = Callable[..., None]
SETTINGS = {"listen_address": "127.0.0.1", "password": "s3cret-pw", "generation": "gen2", "pulse": 0.2, "patience": 0.2}


def connected(port: int, until: Until) -> Stream:
    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(listens, "it listens")
    return SsmClient(port).follow()


def test_plates_wait_for_a_consumer_and_reach_it_in_their_order(
    ledger: Any, start_worker: Any, until: Until, quick: None, site: Site
) -> None:
    port = free_port()
    destination = ledger.destination("ssm", port=port, **SETTINGS)
    plates = ledger.add(destination, "AA1234BB", "AB123CD", "KE1234XX")
    start_worker("ssm")
    until(lambda: ledger.row(plates[0]).attempts >= 1, "a try")
    until(lambda: "No consumer follows" in ledger.get_destination(destination).last_error, "the reason is shown")
    assert ledger.states(destination) == {"due": 3}
    stream = connected(port, until)

    until(lambda: ledger.states(destination) == {"delivered": 3}, "all are delivered")
    stream.expect(lambda s: s.plates == ["AA1234BB", "AB123CD", "KE1234XX"])
    told = check(site.settings, destination)
    assert (told["ok"], "1 connected" in str(told["sentence"])) == (True, True)
    recording = site.settings.data_dir / "integrations" / str(destination) / "recording.jsonl"
    assert "monitordiff" in recording.read_text()
    stream.close()


def test_changed_settings_move_the_server_and_a_taken_port_is_told_and_tried_again(
    ledger: Any, start_worker: Any, until: Until, quick: None
) -> None:
    first, second = free_port(), free_port()
    destination = ledger.destination("ssm", port=first, **SETTINGS)
    start_worker("ssm")
    before = connected(first, until)
    blocker = socket.create_server(("127.0.0.1", second))
    ledger.change(destination, port=second, **SETTINGS)

    before.expect(lambda s: s.ended)
    until(lambda: "already in use" in ledger.get_destination(destination).last_error, "the reason is shown")
    blocker.close()
    after = connected(second, until)
    ledger.add(destination, "AA1234BB")
    after.expect(lambda s: s.plates == ["AA1234BB"])
    ledger.set_destination(destination, enabled=False)
    after.expect(lambda s: s.ended)
    with socket.create_server(("127.0.0.1", first)):
        pass
