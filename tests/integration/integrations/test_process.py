"""The service as processes: killed at the worst moment, supervised, and asked to test a connection."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.integrations.engine.checks import check
from shared import jobs
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import IntegrationKind
from shared.testing import Site
from simulators.json_receiver import Answer, JsonReceiver
from simulators.nvr_text import NvrText

Until = Callable[..., None]


@contextmanager
def service(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "services.integrations", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_worker_killed_before_it_noted_a_success_sends_once_more_with_the_same_identity(
    ledger: Any, environment: dict[str, str], receiver: JsonReceiver, until: Until
) -> None:
    receiver.plan.append(Answer(delay=60))
    destination = ledger.destination("json_http", url=receiver.url, body="json_only")
    (delivery,) = ledger.add(destination, "AB123")
    with service(environment, "json_http") as process:
        receiver.expect(1, 30)
        process.kill()
        process.wait()
    assert ledger.row(delivery).state == "due"

    # The dead worker's lease would run for two minutes more.
    ledger.set_row(delivery, lease_until=now() - timedelta(seconds=1))
    with service(environment, "json_http"):
        until(lambda: ledger.states(destination) == {"delivered": 1}, "delivered by the next worker")

    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(delivery)
    assert first.body == second.body
    assert ledger.row(delivery).attempts == 2


def test_a_stopped_worker_ends_what_is_under_way(
    ledger: Any, environment: dict[str, str], receiver: JsonReceiver
) -> None:
    receiver.plan.append(Answer(delay=1))
    destination = ledger.destination("json_http", url=receiver.url)
    ledger.add(destination, "AB123")
    with service(environment, "json_http") as process:
        receiver.expect(1, 30)
        process.terminate()
        assert process.wait(15) == 0

    assert ledger.states(destination) == {"delivered": 1}


@pytest.mark.slow
def test_the_service_brings_up_every_integration_and_tests_connections_as_jobs(
    ledger: Any, environment: dict[str, str], site: Site, receiver: JsonReceiver, nvr: NvrText, until: Until
) -> None:
    to_json = ledger.destination("json_http", url=receiver.url)
    to_nvr = ledger.destination("nvr_text", host="127.0.0.1", port=nvr.port)
    with service(environment):
        ledger.add(to_json, "AB123")
        ledger.add(to_nvr, "CD1", "CD2", "CD3")
        assert receiver.expect(1, 40)[0].document["plateASCII"] == "AB123"
        assert [receipt.raw.strip() for receipt in nvr.expect(3, 40)] == [b"CD1", b"CD2", b"CD3"]
        assert nvr.captured[nvr.port].startswith(b"<LPR>\r\nCD1\r\n</LPR>\r\n<LPR>")

        job = jobs.queue(site.events).enqueue(jobs.CHECK_DESTINATION, str(to_nvr))
        result = job.latest_result(timeout=30)
        assert result is not None
        expected = f"The recorder accepts connections on {nvr.port}"
        assert result.return_value == {"ok": True, "kind": "nvr_text", "sentence": expected, "trouble": ""}
        run_dir = Path(environment["PLATEWIRE_RUN_DIR"])
        names = {"integrations", "integrations-json_http", "integrations-nvr_text", "integrations-jobs"}
        until(lambda: {f"platewire-{n}.alive" for n in names} <= {p.name for p in run_dir.iterdir()}, "heartbeats")

    with transaction(site.engine) as session:
        kinds = {kind.name: kind for kind in session.scalars(select(IntegrationKind))}
    assert kinds["json_http"].broken == ""
    assert kinds["json_http"].settings_schema["properties"]["url"]["title"] == "Destination URL"
    assert kinds["json_http"].settings_schema["properties"]["password"]["format"] == "password"


def test_a_check_says_in_one_sentence_what_is_wrong(ledger: Any, site: Site, receiver: JsonReceiver) -> None:
    unknown = uuid4()
    refused = ledger.destination("json_http", url=receiver.url)
    receiver.plan.append(Answer(401, b"no"))
    invalid = ledger.destination("json_http", url="ftp://x/")
    no_kind = ledger.destination("telepathy")

    assert check(site.settings, unknown) == {
        "ok": False,
        "kind": "",
        "sentence": f"There is no destination {unknown}",
        "trouble": "other",
    }
    told = check(site.settings, refused)
    assert ("credentials are refused" in str(told["sentence"]), told["trouble"]) == (True, "credentials")
    assert "settings are not valid: url" in str(check(site.settings, invalid)["sentence"])
    assert check(site.settings, no_kind)["sentence"] == "There is no integration telepathy"
    assert check(site.settings, refused)["ok"] is True
