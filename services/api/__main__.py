"""`python -m services.api`: serves the gateway on PLATEWIRE_HOST and PLATEWIRE_PORT."""

from __future__ import annotations

import os
import threading

import uvicorn
from fastapi import FastAPI

from services.api.app import create_app
from shared.process import Stop, heartbeat_file, run_service
from shared.settings import SettingsError, from_environment

GRACE = 5
MAX_HEAD = 256 * 1024
"""Of a request's line and headers: two thousand plates fit into the query of the WebAPI, also if all are escaped."""


def main(stop: Stop) -> None:
    """Runs uvicorn beside the signals: in a thread it leaves them to us, and the heartbeat stays ours."""
    server = uvicorn.Server(
        server_config(create_app(from_environment()), os.environ.get("PLATEWIRE_HOST", "127.0.0.1"), _port())
    )
    thread = threading.Thread(target=server.run, name="uvicorn")
    thread.start()
    heartbeat = heartbeat_file("api")
    while thread.is_alive() and not stop.wait(1):
        heartbeat.touch()
    server.should_exit = True
    thread.join(GRACE * 2)
    if not stop():
        raise SettingsError("The web server ended by itself; is PLATEWIRE_PORT taken by another program?")


def server_config(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """How the application is served, here and in tests."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Only these may say who the client is and whether it came by TLS (X-Forwarded-For, X-Forwarded-Proto).
        forwarded_allow_ips=os.environ.get("PLATEWIRE_PROXY") or "127.0.0.1",
        h11_max_incomplete_event_size=MAX_HEAD,
        timeout_graceful_shutdown=GRACE,
    )


def _port() -> int:
    asked = os.environ.get("PLATEWIRE_PORT", "8080")
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise SettingsError("PLATEWIRE_PORT must be a number from 1 to 65535")
    return int(asked)


if __name__ == "__main__":
    run_service("api", main)
