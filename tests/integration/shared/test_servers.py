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


def test_a_postgresql_that_takes_longer_than_its_package_waits_is_waited_for(folder: Path) -> None:
    EmbeddedServers.start(folder).stop()
    postgres = folder / "postgres"
    # It looks for an archive first, which takes its time to say that there is none.
    asked = folder / "asked"
    folder.chmod(0o777)
    slow = f"test -e {asked} || {{ touch {asked}; sleep 12; }}; false"
    with (postgres / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = '{slow}'\n")
    (postgres / "recovery.signal").touch()

    began = time.monotonic()
    servers = EmbeddedServers.start(folder)
    try:
        assert time.monotonic() - began > 11
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        servers.stop()


def test_a_folder_that_cannot_be_postgresqls_is_no_matter_of_patience(folder: Path) -> None:
    EmbeddedServers.start(folder).stop()
    (folder / "postgres" / "postgresql.auto.conf").write_text("no such setting = 1\n")
    began = time.monotonic()
    with pytest.raises(subprocess.CalledProcessError):
        EmbeddedServers.start(folder)
    assert time.monotonic() - began < 60
