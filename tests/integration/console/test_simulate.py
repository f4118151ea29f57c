"""Peers on the bench as processes, and the repertoire that is sent to a stored destination."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.db.session import transaction
from shared.db.tables import Destination
from shared.secrets import Vault
from shared.testing import Site
from tests.e2e.running_site import free_port


@contextmanager
def simulated(kind: str, *options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A simulator as somebody starts it at the prompt; its port."""
    port = free_port()
    command = [sys.executable, "-m", "console", "simulate", kind, "--port", str(port), "--json", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    # The hints come first, then that it waits.
    while "Waiting" not in process.stderr.readline():
        assert process.poll() is None
    try:
        yield port, process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)
        assert process.returncode == 0
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def lines(process: subprocess.Popen[str], count: int) -> list[dict[str, Any]]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def run(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    settings = site.settings
    environment = dict(os.environ) | {
        "DATABASE_URL": settings.database_url,
        "PLATEWIRE_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    command = [sys.executable, "-m", "console", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)


def destination(site: Site, kind: str, **settings: Any) -> str:
    vault = Vault(site.settings.secret_key.get_secret_value())
    with transaction(site.engine) as session:
        session.add(Destination(name=f"The {kind}", kind=kind, settings=vault.seal(settings)))
    return f"The {kind}"


def test_a_receiver_tells_what_came_and_keeps_it(tmp_path: Path) -> None:
    with simulated("receiver", "--record", str(tmp_path / "kept")) as (port, process):
        files = {"event": ("event.json", b'{"plateText": "TEST1"}', "application/json")}
        assert httpx.post(f"http://127.0.0.1:{port}/in", files=files).status_code == 200
        (told,) = lines(process, 1)
    assert told["what"] == "posted"
    assert "POST /in event application/json" in told["text"]
    assert b"TEST1" in (tmp_path / "kept" / "00000-event.json").read_bytes()


def test_a_fault_is_played_and_an_unknown_one_names_those_there_are(site: Site) -> None:
    with simulated("receiver", "--fault", "503") as (port, _process):
        assert httpx.post(f"http://127.0.0.1:{port}/", content=b"x").status_code == 503
    wrong = run(site, "simulate", "receiver", "--fault", "melts")
    assert wrong.returncode == 1
    assert "reset, close, trickle" in " ".join(wrong.stderr.split())


def test_a_port_that_is_taken_is_one_sentence(site: Site) -> None:
    with simulated("shelly") as (port, _process):
        second = run(site, "simulate", "shelly", "--port", str(port))
    assert second.returncode == 1
    assert "cannot be listened on" in " ".join(second.stderr.split())


@pytest.mark.timeout(200)
def test_the_repertoire_reaches_a_receiver_and_each_answer_is_printed(site: Site, tmp_path: Path) -> None:
    with simulated("receiver", "--record", str(tmp_path)) as (port, process):
        name = destination(site, "json_http", url=f"http://127.0.0.1:{port}/")
        ran = run(site, "contract-test", name, "--yes", "--json")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        verdicts = [json.loads(line) for line in ran.stdout.splitlines()]
        came = lines(process, len(verdicts))
    assert len(verdicts) >= 11
    assert all(one["ok"] and one["status"] == 200 for one in verdicts)
    assert all(one["what"] == "posted" for one in came)
    bodies = b"".join(path.read_bytes() for path in tmp_path.glob("*.body"))
    assert b"\r\nX-Injected" not in bodies


@pytest.mark.timeout(200)
def test_what_a_peer_refuses_is_said_and_ends_with_status_one(site: Site) -> None:
    with simulated("receiver", "--fault", "401") as (port, _process):
        name = destination(site, "json_http", url=f"http://127.0.0.1:{port}/")
        ran = run(site, "contract-test", name, "--yes", "--json")
    assert ran.returncode == 1
    assert {json.loads(line)["status"] for line in ran.stdout.splitlines()} == {401}


def test_texts_reach_a_recorder(site: Site) -> None:
    with simulated("nvr") as (port, process):
        name = destination(site, "nvr_text", host="127.0.0.1", port=port)
        ran = run(site, "contract-test", name, "--yes", "--json")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        told = lines(process, 3)
    assert any("TEST123" in one["text"] for one in told)


def test_a_barrier_is_asked_and_never_opened(site: Site) -> None:
    with simulated("shelly") as (port, process):
        name = destination(site, "barrier", driver="shelly", host="127.0.0.1", port=port)
        ran = run(site, "contract-test", name, "--json")
        told = lines(process, 1)
    verdicts = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one["case"] for one in verdicts] == ["connection test"]
    assert all("Switch.Set" not in one["text"] and one["what"] != "relay" for one in told)


def test_a_destination_that_is_not_there_is_one_sentence(site: Site) -> None:
    ran = run(site, "contract-test", "nobody", "--yes")
    assert ran.returncode == 1
    assert "There is no destination nobody" in " ".join(ran.stderr.split())
