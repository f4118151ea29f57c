"""`python -m services.api`: serves the gateway on PLATEWIRE_HOST and PLATEWIRE_PORT.

One Python process uses one processor, so there are several (PLATEWIRE_API_PROCESSES), which take connections from one
socket. Whatever must be known to all of them is in PostgreSQL or Redis, as between copies on several machines.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import time

import uvicorn
from fastapi import FastAPI

from services.api.app import create_app
from shared.process import Child, Stop, Supervisor, heartbeat_file, run_service
from shared.settings import SettingsError, from_environment

GRACE = 5
MAX_HEAD = 256 * 1024
"""Of a request's line and headers: two thousand plates fit into the query of the WebAPI, also if all are escaped."""
MOST_PROCESSES = 64
INHERITED = "PLATEWIRE_API_SOCKET"
"""Number of the open socket in the environment of a process that shares it."""
PATIENCE = 10.0
"""Seconds in which those who shared the socket before, and were killed, have ended."""


def main(stop: Stop) -> None:
    """Serves, or supervises those who do; the heartbeat is of whoever the outside started."""
    if inherited := os.environ.get(INHERITED):
        serve(socket.socket(fileno=int(inherited)), stop)
        return
    from_environment()
    with _listen(os.environ.get("PLATEWIRE_HOST", "127.0.0.1"), _port(), stop) as shared:
        if (processes := _processes()) == 1:
            serve(shared, stop)
            return
        own = {**os.environ, INHERITED: str(shared.fileno())}
        command = [sys.executable, "-m", "services.api"]
        children = [Child(f"api {n}", command, own, inherits=(shared.fileno(),)) for n in range(1, processes + 1)]
        Supervisor(children).run(stop, heartbeat_file("api").touch)


def serve(shared: socket.socket, stop: Stop) -> None:
    """Runs uvicorn beside the signals: in a thread it leaves them to us, and the heartbeat stays ours."""
    server = uvicorn.Server(server_config(create_app(from_environment())))
    thread = threading.Thread(target=server.run, args=([shared],), name="uvicorn")
    thread.start()
    heartbeat = heartbeat_file("api")
    while thread.is_alive() and not stop.wait(1):
        heartbeat.touch()
    server.should_exit = True
    thread.join(GRACE * 2)
    if not stop():
        raise SettingsError("The web server ended by itself")


def server_config(app: FastAPI, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
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


def _listen(host: str, port: int, stop: Stop) -> socket.socket:
    """The socket that all processes take connections from. Raises SettingsError when another program has the port."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            return socket.create_server((host, port), family=family, backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline or stop.wait(0.2):
                why = error.strerror or str(error)
                raise SettingsError(f"Cannot listen on PLATEWIRE_HOST:PLATEWIRE_PORT, {host}:{port}: {why}") from None


def _processes() -> int:
    asked = os.environ.get("PLATEWIRE_API_PROCESSES", "")
    if not asked:
        return min(2, len(os.sched_getaffinity(0)))
    if not asked.isdigit() or not 0 < int(asked) <= MOST_PROCESSES:
        raise SettingsError(f"PLATEWIRE_API_PROCESSES must be a number from 1 to {MOST_PROCESSES}")
    return int(asked)


def _port() -> int:
    asked = os.environ.get("PLATEWIRE_PORT", "8080")
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise SettingsError("PLATEWIRE_PORT must be a number from 1 to 65535")
    return int(asked)


if __name__ == "__main__":
    run_service("api", main)
