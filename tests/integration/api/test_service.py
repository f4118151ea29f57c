"""The service as a process: it serves, beats, ends in order, and says what is wrong with its set-up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from shared.testing import Site


def environment(site: Site, port: int | str, run_dir: Path) -> dict[str, str]:
    settings = site.settings
    return os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_EVENTS_URL": settings.redis_events_url,
        "REDIS_FRAMES_URL": settings.redis_frames_url,
        "PLATEWIRE_DATA_DIR": str(settings.data_dir),
        "PLATEWIRE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PLATEWIRE_RUN_DIR": str(run_dir),
        "PLATEWIRE_PORT": str(port),
    }


def serve(variables: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "services.api"], env=variables, stdout=subprocess.PIPE)


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.2)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_it_serves_beats_and_ends_on_sigterm(site: Site, tmp_path: Path, processes: str) -> None:
    port = free_port()
    process = serve(environment(site, port, tmp_path) | {"PLATEWIRE_API_PROCESSES": processes})
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/api/v1/health"), process)
        wait_for((tmp_path / "platewire-api.alive").exists, process)
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output.decode()
    assert not answers(f"http://127.0.0.1:{port}/api/v1/health")


def test_one_process_that_is_killed_takes_nothing_down_and_comes_back(site: Site, tmp_path: Path) -> None:
    port = free_port()
    process = serve(environment(site, port, tmp_path) | {"PLATEWIRE_API_PROCESSES": "2"})
    address = f"http://127.0.0.1:{port}/api/v1/health"
    try:
        wait_for(lambda: answers(address), process)
        killed = children_of(process.pid)[0]
        os.kill(killed, signal.SIGKILL)
        # What it had taken and not answered is lost; whoever asks now is answered by the other.
        wait_for(lambda: all(answers(address) for _ in range(10)), process)
        wait_for(lambda: len(children_of(process.pid)) == 2 and killed not in children_of(process.pid), process)

        process.kill()
        # Ends when the last of those who shared its output has ended.
        process.communicate(timeout=30)
        again = serve(environment(site, port, tmp_path))
        wait_for(lambda: answers(address), again)
        process = again
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("number", ["0", "two", "65"])
def test_an_impossible_number_of_processes_is_said_in_one_sentence(site: Site, tmp_path: Path, number: str) -> None:
    variables = environment(site, free_port(), tmp_path) | {"PLATEWIRE_API_PROCESSES": number}
    output, _ = (process := serve(variables)).communicate(timeout=60)
    assert process.returncode == 2
    assert "PLATEWIRE_API_PROCESSES" in output.decode().splitlines()[-1]


@pytest.mark.parametrize("port", ["taken", "eighty"])
def test_a_port_that_cannot_be_used_is_said_in_one_sentence(site: Site, tmp_path: Path, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        asked = taken.getsockname()[1] if port == "taken" else port
        output, _ = (process := serve(environment(site, asked, tmp_path))).communicate(timeout=60)
    assert process.returncode == 2
    assert "PLATEWIRE_PORT" in output.decode().splitlines()[-1]
