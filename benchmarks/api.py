"""Times the WebAPI of a running site: imports of 2000 plates, single changes, and how many requests it sustains.

Without --url a site is started for it, with events to search in. The client runs on the same machine and takes its part
of the processors; docs/webapi.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from console.site import database

NAME = "bench"
PLATES = 2000
IMPORT_BOUND, CHANGE_BOUND, RATE_BOUND = 150.0, 20.0, 200.0
console = Console()

# Skeletons are of no matter here: nothing searches for look-alikes.
_EVENTS = """
INSERT INTO events (event_id, captured_at, camera_id, camera_name, car_id, state, origin, plate, country, confidence,
    read_at, last_seen, reads, direction, vertical, box, frame_width, frame_height)
SELECT gen_random_uuid(), at, gen_random_uuid(), 'Gate', n, 'lost', 'live', plate, 'UKR', 0.97, at, at, 9, 'in',
    'unknown', '[10, 20, 120, 30]', 640, 480
FROM (SELECT n, now() - n * interval '1 second' AS at, 'BN' || lpad((n % 5000)::text, 4, '0') || 'CE' AS plate
      FROM generate_series(1, :events) AS n) AS made
"""
_DICTIONARY = """
INSERT INTO plates (plate, skeleton, grams, first_seen, last_seen, events)
SELECT plate, plate, array(SELECT DISTINCT substr(plate, i, size) FROM generate_series(2, 3) AS size,
    generate_series(1, length(plate) - 1) AS i WHERE length(substr(plate, i, size)) = size),
    min(captured_at), max(captured_at), count(*) FROM events GROUP BY plate
"""


class Client:
    """One connection that stays open, with the least work of its own."""

    def __init__(self, url: str, key: str) -> None:
        self._at = urlsplit(url)
        self._headers = {"Authorization": f"Bearer {key}"}
        self._open()

    def ask(self, command: str, document: object = None, **parameters: object) -> int:
        """The status; 0 when the connection broke."""
        path = f"/webapi/{command}?{urlencode(parameters)}"
        method, headers, body = "GET", self._headers, None
        if document is not None:
            method, body = "POST", json.dumps(document).encode()
            headers = headers | {"Content-Type": "application/json"}
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            self._open()
            return 0
        return answer.status

    def _open(self) -> None:
        self._connection = HTTPConnection(self._at.hostname or "", self._at.port, timeout=30)


@dataclass
class Tally:
    """Milliseconds of each request and how many ended with which status."""

    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def take(self, ask: Callable[[], int]) -> None:
        began = time.perf_counter()
        status = ask()
        self.times.append((time.perf_counter() - began) * 1000)
        self.statuses[status] += 1

    def add(self, other: Tally) -> None:
        self.times += other.times
        self.statuses += other.statuses

    @property
    def errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status != 200)

    def quantile(self, percent: int) -> float:
        return statistics.quantiles(self.times, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True)
class Report:
    """What was measured, as it is printed and as JSON."""

    at: str
    machine: str
    rows: list[dict[str, object]]
    requests_per_second: float
    wanted_per_second: float
    seconds: float
    errors: int


def main() -> None:
    options = _options()
    with _site(options) as (url, key):
        client = Client(url, key)
        _allow_much(client)
        tallies = {"import of 2000 plates": _imports(client, options.imports)} | _changes(client, options.changes)
        load = _sustained(url, key, options)
    report = _report(options, tallies, load)
    _print(report)
    if options.json:
        options.json.write_text(json.dumps(asdict(report), indent=2) + "\n")
    sys.exit(report.errors > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a running site, with --key; its black list is filled and emptied")
    parser.add_argument(
        "--key", default=os.environ.get("PLATEWIRE_KEY", ""), help=f"a key named {NAME} with every scope"
    )
    parser.add_argument("--events", type=int, default=20_000, help="made in a site that is started for it")
    parser.add_argument("--imports", type=int, default=40)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=20.0, help="of sustained load")
    parser.add_argument("--clients", type=int, default=4, help="connections at once")
    parser.add_argument("--json", type=Path, help="where the report goes as JSON")
    return parser.parse_args()


def _allow_much(client: Client) -> None:
    """The limit of 20 requests a second guards the site; this measures what lies beyond it."""
    rates = {"value": 20, "raised": {f"key:{NAME}": 10_000}}
    if client.ask("settings", {"site": {"webapi_rates": rates}}) != 200:
        sys.exit("The site does not let this key change its settings")


def _imports(client: Client, rounds: int) -> Tally:
    """Each brings 2000 plates that the list has not; every other one replaces those of the one before."""
    tally = Tally()
    for number in range(rounds):
        plates = [f"Q{number % 100:02}{index:05}" for index in range(PLATES)]
        mode = "replace" if number % 2 else "append"
        document = {"list": "black", "plates": plates, "mode": mode}
        tally.take(lambda document=document: client.ask("import", document))  # type: ignore[misc]
    return tally


def _changes(client: Client, count: int) -> dict[str, Tally]:
    tallies = {"add": Tally(), "remove": Tally()}
    for number in range(count):
        for name, tally in tallies.items():
            tally.take(lambda name=name, number=number: client.ask(name, list="white", plate=f"W{number:05}"))  # type: ignore[misc]
    return tallies


def _sustained(url: str, key: str, options: argparse.Namespace) -> tuple[Tally, float]:
    """What several clients get in so many seconds: mostly searches, some changes."""
    whole, lock, end = Tally(), threading.Lock(), time.perf_counter() + options.seconds

    def work(number: int) -> None:
        client, tally, chance = Client(url, key), Tally(), random.Random(number)
        while time.perf_counter() < end:
            tally.take(lambda: _any_request(client, chance, number))
        with lock:
            whole.add(tally)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(options.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return whole, len(whole.times) / (time.perf_counter() - began)


def _any_request(client: Client, chance: random.Random, number: int) -> int:
    part = chance.random()
    if part < 0.3:
        return client.ask("search", text=f"{chance.randrange(10_000):04}", limit=10)
    if part < 0.6:
        return client.ask("search", limit=10)
    if part < 0.9:
        return client.ask("add", list="white", plate=f"L{number}{chance.randrange(10_000):04}")
    return (
        client.ask("list", list="white", format="text")
        if part < 0.91
        else client.ask("search", mode="exact", text="BN0001CE")
    )


def _report(options: argparse.Namespace, tallies: dict[str, Tally], load: tuple[Tally, float]) -> Report:
    bounds = {"import of 2000 plates": IMPORT_BOUND, "add": CHANGE_BOUND, "remove": CHANGE_BOUND}
    tally, rate = load
    rows = [_row(name, tally, bounds[name]) for name, tally in tallies.items()]
    return Report(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}",
        rows=[*rows, _row(f"{options.clients} clients at once", tally, None)],
        requests_per_second=round(rate, 1),
        wanted_per_second=RATE_BOUND,
        seconds=options.seconds,
        errors=sum(one.errors for one in (*tallies.values(), tally)),
    )


def _row(name: str, tally: Tally, bound: float | None) -> dict[str, object]:
    shares = {f"p{percent}_ms": round(tally.quantile(percent), 1) for percent in (50, 95, 99)}
    return {"name": name, "count": len(tally.times), **shares, "p95_bound_ms": bound, "errors": tally.errors}


def _print(report: Report) -> None:
    table = Table(*report.rows[0], title=f"{report.at}: {report.machine}")
    for row in report.rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)
    console.print(f"{report.requests_per_second} requests/s sustained, wanted {report.wanted_per_second:g}")


@contextmanager
def _site(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """The site that was named, or one of its own in a folder that is thrown away."""
    if options.url:
        yield options.url, options.key
        return
    with tempfile.TemporaryDirectory(prefix="platewire-bench-", ignore_cleanup_errors=True) as folder:
        port = _free_port()
        command = [sys.executable, "-m", "console"]
        environment = os.environ | {"PLATEWIRE_ADMIN_PASSWORD": "only for this benchmark"}
        up = [*command, "up", "--port", str(port), "--data-dir", folder]
        process = subprocess.Popen(up, env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait(port)
            with database(Path(folder)) as engine, engine.begin() as connection:
                connection.execute(text(_EVENTS), {"events": options.events})
                connection.execute(text(_DICTIONARY))
            make = [*command, "apikey", "create", "--name", NAME, "--scope", "*", "--data-dir", folder]
            made = subprocess.run(make, env=environment, capture_output=True, text=True, timeout=120, check=True)
            yield f"http://127.0.0.1:{port}", made.stdout.split()[-1]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/api/v1/health")
            if json.loads(connection.getresponse().read()).get("status") == "ok":
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.5)
    sys.exit("The site is not healthy after three minutes")


if __name__ == "__main__":
    main()
