"""The service as a process: it serves, beats, ends in order, and says what is wrong with its set-up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
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


def test_it_serves_beats_and_ends_on_sigterm(site: Site, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = serve(environment(site, port, tmp_path))
    try:
        deadline = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/api/v1/health"):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.2)
        while not (tmp_path / "platewire-api.alive").exists():
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output.decode()


@pytest.mark.parametrize("port", ["taken", "eighty"])
def test_a_port_that_cannot_be_used_is_said_in_one_sentence(site: Site, tmp_path: Path, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        asked = taken.getsockname()[1] if port == "taken" else port
        output, _ = (process := serve(environment(site, asked, tmp_path))).communicate(timeout=60)
    assert process.returncode == 2
    assert "PLATEWIRE_PORT" in output.decode().splitlines()[-1]
