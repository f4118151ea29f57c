"""`platewire up`: the whole site without containers."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import httpx
import typer
from rich.console import Console

from console.demo import add_demo
from console.migrate import prepare
from console.site import DATA, DataDir, secret_key, servers_dir
from shared.db.session import connect
from shared.errors import Conflict
from shared.process import Child, Stop, Supervisor, stop_on_signals
from shared.settings import from_environment

if TYPE_CHECKING:
    from shared.servers import EmbeddedServers

SERVICES = ("api", "api.jobs", "capture", "recognizer", "reactor", "integrations")
KEPT_LOG = 10_000_000

Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Where pages and API answer.")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 = every network of this machine.")]
Copies = Annotated[int, typer.Option("--recognizers", min=1, max=64, help="Copies that share the reading of plates.")]
Demo = Annotated[bool, typer.Option("--demo", help="Also add the demo camera, as `platewire demo` does.")]


def up(
    port: Port = 8080, data_dir: DataDir = DATA, host: Host = "127.0.0.1", recognizers: Copies = 1, demo: Demo = False
) -> None:
    """Runs a whole site until Ctrl-C: database, queues, cameras, recognition, deliveries, pages.

    PostgreSQL and Valkey run inside the data folder unless DATABASE_URL, REDIS_EVENTS_URL and REDIS_FRAMES_URL name
    others. Logs are in DATA_DIR/logs, one file a service.
    """
    # This is read by a person at a prompt; the services write their JSON lines into files.
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    stop, screen = stop_on_signals(), Console()
    data_dir.mkdir(parents=True, exist_ok=True)
    _check_port(host, port)
    with _only_one(data_dir):
        _run(data_dir, host, port, recognizers, demo, stop, screen)
    screen.print("Stopped")


def _run(data_dir: Path, host: str, port: int, recognizers: int, demo: bool, stop: Stop, screen: Console) -> None:
    with screen.status("Starting PostgreSQL and Valkey"):
        servers, environment = _servers(data_dir)
    environment |= {"PLATEWIRE_HOST": host, "PLATEWIRE_PORT": str(port)}
    try:
        settings = from_environment(environment)
        engine = connect(settings.sqlalchemy_url)
        prepare(engine)
        if demo:
            add_demo(engine, settings.secret_key.get_secret_value())
        engine.dispose()
        _supervise(environment, data_dir / "logs", recognizers, stop, screen)
    finally:
        if servers:
            servers.stop()


def _check_port(host: str, port: int) -> None:
    """Raises Conflict before anything is started, because a web server that ends in the background is a riddle."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(f"Cannot listen on {host}:{port} ({error.strerror}); choose another --port") from None


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Holds the data folder: a second site in it would end the first one's servers. Raises Conflict."""
    with (data_dir / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"Another `platewire up` runs with the data folder {data_dir}") from None
        yield


def _servers(data_dir: Path) -> tuple[EmbeddedServers | None, dict[str, str]]:
    """Starts what the environment does not name; returns it with the environment for the services."""
    environment = dict(os.environ)
    environment["PLATEWIRE_DATA_DIR"] = str(data_dir.resolve())
    environment["PLATEWIRE_SECRET_KEY"] = secret_key(data_dir)
    environment["PLATEWIRE_RUN_DIR"] = str(data_dir.resolve())
    names = ("DATABASE_URL", "REDIS_EVENTS_URL", "REDIS_FRAMES_URL")
    if all(environment.get(name) for name in names):
        return None, environment
    # The embedded servers are an extra that the container images lack.
    from shared.servers import EmbeddedServers  # noqa: PLC0415

    servers = EmbeddedServers.start(servers_dir(data_dir))
    urls = (servers.database_url, servers.redis_events_url, servers.redis_frames_url)
    return servers, dict(zip(names, urls, strict=True)) | environment


def _supervise(environment: Mapping[str, str], log_dir: Path, recognizers: int, stop: Stop, screen: Console) -> None:
    log_dir.mkdir(parents=True, exist_ok=True)
    children = []
    for service in SERVICES:
        for copy in range(1, (recognizers if service == "recognizer" else 1) + 1):
            name = service if copy == 1 else f"{service}-{copy}"
            own = {**environment, "PLATEWIRE_INSTANCE": name}
            command = [sys.executable, "-m", f"services.{service}"]
            children.append(Child(name, command, own, _log_file(log_dir, name)))
    address = f"http://{environment['PLATEWIRE_HOST']}:{environment['PLATEWIRE_PORT']}"
    screen.print(f"Starting; logs are in {log_dir}")
    Supervisor(children).run(stop, _Announcement(address, screen).look)


def _log_file(log_dir: Path, name: str) -> Path:
    file = log_dir / f"{name}.log"
    if file.exists() and file.stat().st_size > KEPT_LOG:
        file.replace(file.with_suffix(".log.1"))
    return file


class _Announcement:
    """Says once that the site answers."""

    def __init__(self, address: str, screen: Console) -> None:
        self.address, self.screen, self.made = address, screen, False

    def look(self) -> None:
        if self.made:
            return
        try:
            answer = httpx.get(f"{self.address}/api/v1/health", timeout=1)
        except httpx.HTTPError:
            return
        if answer.status_code == httpx.codes.OK:
            self.made = True
            self.screen.print(f"[bold green]Platewire is ready:[/] {self.address}  (Ctrl-C stops it)")
