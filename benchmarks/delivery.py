"""Times deliveries from the reactor's transaction to the peer, while one peer is dead and one takes ten seconds.

Starts PostgreSQL, Valkey, a reactor and a worker for each kind, and plays vehicles into the reactor as a recognizer
publishes them. docs/delivery.md says what the figures mean.
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
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.delivery_site import Peer, Traffic, furnish, peers, services, stored_at
from shared.testing import Site, TestServers

BOUND = 300.0
SAME = 0.99
QUIET_LOOKS = 6
"""Half seconds in which nothing is missing: the last vehicle may be decided after that share of them."""
WARM_SECONDS, LAST_SECONDS = 5.0, 60.0
os.environ["PLATEWIRE_ALLOW_LOOPBACK"] = "1"


@dataclass(frozen=True)
class Report:
    """What was measured, as it is printed and as JSON."""

    at: str
    machine: str
    events_per_second: float
    seconds: float
    rows: list[dict[str, object]]


def main() -> None:
    options = _options()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="platewire-bench-", ignore_cleanup_errors=True) as name:
        servers = TestServers(Path(name))
        try:
            with servers.site() as site, peers() as wanted:
                rows = _measured(site, wanted, options, Path(name))
        finally:
            servers.stop()
    report = Report(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=f"{platform.machine()}, {os.cpu_count()} processors, load {before:.1f} before",
        events_per_second=options.rate,
        seconds=options.seconds,
        rows=rows,
    )
    _print(report)
    if options.json:
        options.json.write_text(json.dumps(asdict(report), indent=2) + "\n")
    sys.exit(any(row["lost"] or row["doubled"] for row in rows if row["bound_ms"]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of traffic that is measured")
    parser.add_argument("--rate", type=float, default=20.0, help="vehicles a second, each for every destination")
    parser.add_argument("--cameras", type=int, default=40)
    parser.add_argument("--json", type=Path, help="where the report goes as JSON")
    return parser.parse_args()


def _measured(site: Site, wanted: list[Peer], options: argparse.Namespace, folder: Path) -> list[dict[str, object]]:
    cameras = furnish(site, wanted, options.cameras)
    with services(site, {peer.kind for peer in wanted}, folder):
        time.sleep(WARM_SECONDS)
        warm = Traffic(site, cameras, options.rate)
        warm.run(WARM_SECONDS)
        traffic = Traffic(site, cameras, options.rate)
        traffic.run(options.seconds, first=len(warm.published))
        deadline = time.monotonic() + LAST_SECONDS
        healthy = [peer for peer in wanted if peer.healthy]
        quiet = 0
        while time.monotonic() < deadline and quiet < QUIET_LOOKS:
            time.sleep(0.5)
            quiet = 0 if any(_missing(site, peer, traffic) for peer in healthy) else quiet + 1
        return [_row(site, peer, traffic) for peer in wanted]


def _due(site: Site, peer: Peer, traffic: Traffic) -> dict[str, float]:
    assert peer.destination_id
    stored = stored_at(site, peer.destination_id)
    return {plate: at for plate, at in stored.items() if plate in traffic.published}


def _missing(site: Site, peer: Peer, traffic: Traffic) -> bool:
    """Whether the reactor is behind (it takes some look-alikes for one vehicle), or something did not arrive."""
    return len(_due(site, peer, traffic)) < SAME * len(traffic.published) or _lost(site, peer, traffic) > 0


def _lost(site: Site, peer: Peer, traffic: Traffic) -> int:
    return len(_due(site, peer, traffic).keys() - {plate for plate, _ in list(peer.arrivals)})


def _row(site: Site, peer: Peer, traffic: Traffic) -> dict[str, object]:
    """Latency counts from the begin of the transaction that wrote the delivery, so its commit is in it."""
    stored, count = _due(site, peer, traffic), Counter(plate for plate, _ in peer.arrivals)
    times = sorted((at - stored[plate]) * 1000 for plate, at in peer.arrivals if plate in stored)
    read = sorted((at - traffic.published[plate]) * 1000 for plate, at in stored.items())
    return {
        "destination": peer.name,
        "vehicles": len(traffic.published),
        "due": len(stored),
        "arrived": len(times),
        "p50_ms": _quantile(times, 50),
        "p95_ms": _quantile(times, 95),
        "reactor_p95_ms": _quantile(read, 95),
        "max_ms": round(times[-1], 1) if times else None,
        "bound_ms": BOUND if peer.healthy else None,
        "lost": _lost(site, peer, traffic),
        "doubled": sum(many - 1 for plate, many in count.items() if plate in traffic.published),
    }


def _quantile(times: list[float], percent: int) -> float | None:
    if len(times) < 2:
        return None
    return round(statistics.quantiles(times, n=100, method="inclusive")[percent - 1], 1)


def _print(report: Report) -> None:
    title = f"{report.at}: {report.machine}; {report.events_per_second:g} vehicles/s for {report.seconds:g} s"
    table = Table(*report.rows[0], title=title)
    for row in report.rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
