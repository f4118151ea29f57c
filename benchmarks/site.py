"""A site in processes of its own, for benchmarks that ask all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import redis

from benchmarks.api import _free_port, _wait
from shared import streams
from shared.media import MediaStore
from shared.servers import EmbeddedServers

PASSWORD = "only for this benchmark"


@dataclass
class Running:
    """Who asks it, and what a recognizer needs of it."""

    api: httpx.Client
    events: redis.Redis
    media: MediaStore
    database: str


@contextmanager
def running_site(folder: Path) -> Iterator[Running]:
    servers, port = EmbeddedServers.start(folder / "servers"), _free_port()
    database = servers.postgres.get_uri(database="platewire")
    environment = os.environ | {
        "DATABASE_URL": database,
        "REDIS_EVENTS_URL": servers.redis_events_url,
        "REDIS_FRAMES_URL": servers.redis_frames_url,
        "PLATEWIRE_ADMIN_PASSWORD": PASSWORD,
        "PLATEWIRE_ALLOW_LOOPBACK": "1",
    }
    command = [sys.executable, "-m", "console"]
    up = [*command, "up", "--port", str(port), "--data-dir", str(folder)]
    process = subprocess.Popen(up, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        make = [*command, "apikey", "create", "--name", "bench", "--scope", "*", "--data-dir", str(folder)]
        made = subprocess.run(make, env=environment, capture_output=True, text=True, timeout=120, check=True)
        headers = {"Authorization": f"Bearer {made.stdout.split()[-1]}"}
        events = streams.connect(servers.redis_events_url)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers, timeout=30) as api:
            yield Running(api, events, MediaStore(folder / "media"), database)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        servers.stop()
