"""Times deliveries while one destination is a black hole and another answers after ten seconds.

A site is started for it. Vehicles are put where the recognizer puts what it read, so the whole way is real from there
on: reactor, ledger, wake-up, worker, socket. Measured is from the read that made an event sure to its arrival at each
healthy destination; all of it on the processors of this machine, receivers included. With --reading a picture is read
every two seconds beside it, to see whether recognition waits for bad destinations. docs/delivery.md tells more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import text

from benchmarks.beside import PicturesRead
from benchmarks.peers import Arrivals, black_hole, http_receiver, text_receiver
from benchmarks.site import Running, running_site
from benchmarks.vehicles import CAMERAS, all_plates, one_read, store_pictures
from shared import streams
from shared.db.session import connect

BOUND_MS = 300.0
SLOW_ANSWER = 10.0
READS = 3
"""Frames of each vehicle; the second makes it sure."""
APART = 0.1
console = Console()


@dataclass(frozen=True)
class Row:
    """One healthy destination; times in milliseconds from the deciding read to the arrival."""

    name: str
    came: int
    lost: int
    doubled: int
    p50_ms: float
    p95_ms: float
    max_ms: float


@dataclass(frozen=True)
class Report:
    at: str
    machine: str
    load: float
    vehicles: int
    per_second: float
    rows: list[Row]
    reactor_p95_ms: float
    """From the deciding read to the event in the database's eyes: what is not the deliveries' own."""
    delivery_p95_ms: float
    """From the delivery's row to its success, over all healthy destinations, by the database's clock."""
    pictures: int
    picture_p50_ms: float
    """Of pictures that were read meanwhile; to compare with a run without the bad destinations."""


def main() -> None:
    options = _options()
    with ExitStack() as at:
        folder = at.enter_context(tempfile.TemporaryDirectory(prefix="platewire-bench-", ignore_cleanup_errors=True))
        running = at.enter_context(running_site(Path(folder)))
        healthy = {name: Arrivals() for name in ("json_http", "webhook", "nvr_text")}
        _tell(running, "json_http", at.enter_context(http_receiver(healthy["json_http"])))
        _tell(running, "webhook", at.enter_context(http_receiver(healthy["webhook"])))
        _tell(running, "nvr_text", at.enter_context(text_receiver(healthy["nvr_text"])))
        if not options.all_healthy:
            _tell(running, "json_http", at.enter_context(black_hole()), "Black hole")
            slow = at.enter_context(http_receiver(Arrivals(), answer_after=SLOW_ANSWER))
            _tell(running, "json_http", slow, "Ten seconds")
        time.sleep(3)  # the workers look around once a second
        load = os.getloadavg()[0]
        reading = PicturesRead(running.api)
        with reading if options.reading else nullcontext():
            decided = _drive(running, options)
        _settle(healthy, len(decided), options.patience)
        report = _report(options, load, decided, healthy, running, reading)
    _print(report)
    if options.json:
        options.json.write_text(json.dumps(asdict(report), indent=2) + "\n")
    sys.exit(any(row.lost or row.doubled for row in report.rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of traffic")
    parser.add_argument("--rate", type=float, default=20.0, help="vehicles a second")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds after the last vehicle")
    parser.add_argument("--all-healthy", action="store_true", help="without the two bad destinations, to compare")
    parser.add_argument("--reading", action="store_true", help="also time pictures that are read meanwhile")
    parser.add_argument("--json", type=Path, help="where the report goes as JSON")
    return parser.parse_args()


def _tell(running: Running, kind: str, port: int, name: str = "") -> None:
    """A destination at this port, and a reaction that tells it of every vehicle."""
    settings = {"host": "127.0.0.1", "port": port} if kind == "nvr_text" else {"url": f"http://127.0.0.1:{port}/"}
    made = _post(running, "/destinations", {"name": name or kind, "kind": kind, "settings": settings})
    _post(running, "/reactions", {"name": name or kind, "settings": {}, "destination_id": made["id"]})


def _post(running: Running, path: str, body: dict[str, object]) -> dict[str, str]:
    made: dict[str, str] = running.api.post(path, json=body).raise_for_status().json()
    return made


def _drive(running: Running, options: argparse.Namespace) -> dict[str, float]:
    """Lets vehicles pass; when the deciding read of each was published, by the monotonic clock."""
    cameras = [UUID(_camera(running, number)) for number in range(CAMERAS)]
    keys = store_pictures(running.media)
    count, decided = round(options.seconds * options.rate), {}
    plates = all_plates(count)
    passages = [(number, frame) for number in range(count) for frame in range(READS)]
    due = sorted((number / options.rate + frame * APART, number, frame) for number, frame in passages)
    began = time.perf_counter()
    for moment, number, frame in track(due, "Vehicles pass", console=console):
        time.sleep(max(0.0, began + moment - time.perf_counter()))
        plate, camera = plates[number], cameras[number % CAMERAS]
        if frame == 1:
            decided[plate] = time.perf_counter()
        found = one_read(camera, plate, number * READS + frame, keys)
        streams.publish(running.events, streams.reads(streams.shard_of(camera)), found.model_dump_json())
    return decided


def _camera(running: Running, number: int) -> str:
    source = {"kind": "push", "device": f"bench {number}"}
    return _post(running, "/cameras", {"name": f"Lane {number}", "source": source})["id"]


def _settle(healthy: dict[str, Arrivals], wanted: int, patience: float) -> None:
    deadline = time.perf_counter() + patience
    while time.perf_counter() < deadline and any(len(one.at) < wanted for one in healthy.values()):
        time.sleep(0.2)


def _report(
    options: argparse.Namespace,
    load: float,
    decided: dict[str, float],
    healthy: dict[str, Arrivals],
    running: Running,
    reading: PicturesRead,
) -> Report:
    engine = connect(running.database.replace("postgresql://", "postgresql+psycopg://"))
    names = tuple(healthy)
    with engine.connect() as connection:
        own = connection.execute(text(_OWN), {"names": list(names)}).scalar_one() or 0.0
        reactor = connection.execute(text(_REACTOR)).scalar_one() or 0.0
    engine.dispose()
    return Report(
        datetime.now(UTC).isoformat(timespec="seconds"),
        f"{platform.machine()}, {os.cpu_count()} processors",
        load,
        len(decided),
        options.rate,
        [_row(name, arrivals, decided) for name, arrivals in healthy.items()],
        float(reactor) * 1000,
        float(own) * 1000,
        reading.count,
        reading.p50_ms,
    )


_OWN = """
SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM delivered_at - d.created_at))
FROM deliveries d JOIN destinations s ON s.id = d.destination_id WHERE s.name = ANY(:names)
"""
_REACTOR = """
SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM d.created_at - e.captured_at)) - 0.1
FROM deliveries d JOIN events e ON e.event_id = d.event_id
"""


def _row(name: str, arrivals: Arrivals, decided: dict[str, float]) -> Row:
    times = sorted((arrivals.at[plate] - moment) * 1000 for plate, moment in decided.items() if plate in arrivals.at)
    p50, p95 = (statistics.quantiles(times, n=100, method="inclusive")[percent - 1] for percent in (50, 95))
    return Row(name, len(times), len(decided) - len(times), arrivals.doubled, p50, p95, times[-1])


def _print(report: Report) -> None:
    traffic = f"{report.vehicles} vehicles, {report.per_second:g}/s"
    table = Table(title=f"{report.at}: {report.machine}, load {report.load:.1f}, {traffic}")
    for name in ("name", "came", "lost", "doubled", "p50_ms", "p95_ms", "max_ms"):
        table.add_column(name)
    for row in report.rows:
        table.add_row(*(f"{value:.0f}" if isinstance(value, float) else str(value) for value in asdict(row).values()))
    console.print(table)
    console.print(
        f"of it, reactor p95 {report.reactor_p95_ms:.0f} ms, row to success p95 {report.delivery_p95_ms:.0f} ms; "
        f"wanted: p95 at most {BOUND_MS:.0f} ms"
    )
    if report.pictures:
        console.print(f"{report.pictures} pictures read meanwhile, p50 {report.picture_p50_ms:.0f} ms")


if __name__ == "__main__":
    main()
