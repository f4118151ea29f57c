"""The embedded servers on bad days."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from shared.servers import EmbeddedServers

HOLDER = """
import sys, time
from pathlib import Path
from shared.servers import EmbeddedServers
servers = EmbeddedServers.start(Path(sys.argv[1]))
print(servers.database_url, servers.redis_events_url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not in pytest's folder: as root, PostgreSQL is another user that must be able to reach it.
    with tempfile.TemporaryDirectory(prefix="platewire-tests-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def running(pid: int) -> bool:
    """A zombie is nobody's server any more."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_after_a_kill_the_next_start_goes_on_with_what_was_kept(folder: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    database, events = holder.stdout.readline().split()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1")
    with redis.Redis.from_url(events) as client:
        client.set("kept", "yes")
    orphan = int((folder / "valkey-events" / "valkey.pid").read_text())
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert running(orphan)

    servers = EmbeddedServers.start(folder)
    try:
        assert not running(orphan)
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)
        with redis.Redis.from_url(servers.redis_events_url) as client:
            assert client.get("kept") == b"yes"
        postmaster = int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    finally:
        servers.stop()
    assert not running(postmaster)


def test_a_stop_leaves_no_process_behind(folder: Path) -> None:
    servers = EmbeddedServers.start(folder)
    pids = [int((folder / name / "valkey.pid").read_text()) for name in ("valkey-events", "valkey-frames")]
    pids.append(int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    assert all(map(running, pids))
    servers.stop()
    deadline = time.monotonic() + 10
    while any(map(running, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(running, pids))


def test_a_pid_that_now_belongs_to_somebody_else_is_left_alone(folder: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "valkey-events").mkdir()
        (folder / "valkey-events" / "valkey.pid").write_text(str(bystander.pid))
        EmbeddedServers.start(folder).stop()
        assert bystander.poll() is None
    finally:
        os.kill(bystander.pid, signal.SIGKILL)
        bystander.wait()
