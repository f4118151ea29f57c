"""A whole site as a person runs it: `platewire up` in a process of its own, spoken to by HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.e2e.site_client import SiteClient, wait_for

ADMIN_PASSWORD = "a long enough password"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class RunningSite(SiteClient):
    """A site with its supervisor."""

    data_dir: Path
    process: subprocess.Popen[bytes]

    def pids(self, service: str) -> list[int]:
        """Processes of one service that this site supervises, by their command line."""
        processes = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [int(process.name) for process in processes if self._runs(process, service)]

    def kill(self, service: str) -> None:
        """kill -9, as the out-of-memory killer does it."""
        for pid in self.pids(service):
            os.kill(pid, signal.SIGKILL)

    def _runs(self, process: Path, service: str) -> bool:
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            mine = str(self.data_dir.resolve()).encode() in (process / "environ").read_bytes()
        except OSError:
            return False
        return mine and f"services.{service}".encode() in command

    @property
    def output(self) -> Path:
        """What the supervisor itself said."""
        return self.data_dir / "logs" / "up.out"

    def prompt(self, *command: str, typed: str = "") -> str:
        """What `platewire` says to a command at the prompt while the site runs."""
        asked = [sys.executable, "-m", "console", *command, "--data-dir", str(self.data_dir)]
        environment = _environment()
        ran = subprocess.run(
            asked, env=environment, input=typed, capture_output=True, text=True, timeout=60, check=True
        )
        return ran.stdout

    def log(self) -> str:
        return "\n".join(file.read_text(errors="replace") for file in (self.data_dir / "logs").glob("*.log"))


@contextmanager
def running_site(data_dir: Path, *options: str, password: str = ADMIN_PASSWORD) -> Iterator[RunningSite]:
    """Starts the site and waits until it is healthy; stops it as Ctrl-C would. Without a password it makes one up."""
    port = free_port()
    environment = _environment(password)
    (data_dir / "logs").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "console", "up", "--port", str(port), "--data-dir", str(data_dir), *options]
    with (data_dir / "logs" / "up.out").open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _healthy(address), 120, "the site is not healthy")
        key = api_key(data_dir, environment)
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=30) as api:
            yield RunningSite(api, data_dir, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()


def _environment(password: str = ADMIN_PASSWORD) -> dict[str, str]:
    names = ("DATABASE_URL", "REDIS_EVENTS_URL", "REDIS_FRAMES_URL")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    return environment | {"PLATEWIRE_ADMIN_PASSWORD": password, "PLATEWIRE_ONVIF_INTERFACES": "lo"}


def api_key(data_dir: Path, environment: dict[str, str]) -> str:
    """Made at the prompt while the site runs, as a developer would."""
    command = [sys.executable, "-m", "console", "apikey", "create", "--name", "e2e", "--scope", "*"]
    made = subprocess.run(
        [*command, "--data-dir", str(data_dir)], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return made.stdout.split()[-1]


def _healthy(address: str) -> bool:
    try:
        return bool(httpx.get(f"{address}/api/v1/health", timeout=2).json()["status"] == "ok")
    except (httpx.HTTPError, ValueError, KeyError):
        return False
