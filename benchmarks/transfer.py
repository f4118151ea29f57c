"""Times importing and exporting a list of 100,000 entries in each form, as background jobs on a site of its own.

The site is a fresh one with embedded servers. Plan = read the file, compare, report; apply = write what was planned.
Each figure is seconds by the clock and, in brackets, seconds of processor that this process and PostgreSQL used: on a
machine that is busy with other things only the latter says what the work costs. Linux only.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from rich.console import Console
from rich.table import Table
from rq import SimpleWorker
from sqlalchemy import delete, func, select, text

from services.api.transfer.queries import stream_entries
from services.api.transfer.storage import ImportFiles
from services.api.transfer.tables import Form
from services.api.transfer.writing import SUFFIXES, write
from shared.db.session import transaction
from shared.db.tables import ListEntry, ListImport, PlateList
from shared.jobs import APPLY_IMPORT, PLAN_IMPORT, enqueue_once, list_queue
from shared.settings import Settings
from shared.testing import Site, TestServers

console = Console()


def main() -> None:
    options = _options()
    table = Table("form", "MB", "plan s", "apply s", "again: plan s", "export s", title=f"{options.rows:,} entries")
    with tempfile.TemporaryDirectory(prefix="platewire-bench-", ignore_cleanup_errors=True) as folder:
        servers = TestServers(Path(folder))
        try:
            for form in options.form or list(Form):
                with servers.site() as site, patch.dict(os.environ, _environment(site.settings)):
                    table.add_row(*_measured(site, form, options.rows))
        finally:
            servers.stop()
    console.print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    console.print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, most memory {peak} MB")


def _measured(site: Site, form: Form, rows: int) -> list[str]:
    with transaction(site.engine) as session:
        list_id = session.scalars(select(PlateList.id).where(PlateList.name == "white")).one()
    source = site.settings.data_dir / f"source.{SUFFIXES[form]}"
    source.write_bytes(b"".join(write(form, _entries(rows))))
    first = _uploaded(site, list_id, source)
    plan = _cost(site, lambda: _work(site, PLAN_IMPORT, first))
    _confirm(site, first)
    apply = _cost(site, lambda: _work(site, APPLY_IMPORT, first))
    _check(site, rows)
    again = _uploaded(site, list_id, source)
    unchanged = _cost(site, lambda: _work(site, PLAN_IMPORT, again))
    export = _cost(site, lambda: sum(len(piece) for piece in write(form, stream_entries(site.engine, list_id))))
    with transaction(site.engine) as session:
        session.execute(delete(ListEntry))
    return [form.value, f"{source.stat().st_size / 1e6:.1f}", plan, apply, unchanged, export]


def _entries(rows: int) -> Iterator[tuple[object, ...]]:
    for number in range(rows):
        yield f"AA {number:06d} BB", f"Parking space {number}", "Resident", None, None, None, "", "", ""


def _uploaded(site: Site, list_id: UUID, source: Path) -> UUID:
    import_id = uuid4()
    ImportFiles.of(site.settings.data_dir).original(import_id).write_bytes(source.read_bytes())
    with transaction(site.engine) as session:
        row: dict[str, Any] = {"id": import_id, "list_id": list_id, "mode": "replace", "asked_by": "benchmark"}
        session.add(ListImport(**row, file_name=source.name, confirmed_by="benchmark"))
    return import_id


def _confirm(site: Site, import_id: UUID) -> None:
    with transaction(site.engine) as session:
        row = session.get_one(ListImport, import_id)
        assert row.state == "planned", row.sentence
        row.state = "applying"


def _work(site: Site, step: str, import_id: UUID) -> None:
    jobs = list_queue(site.events)
    enqueue_once(jobs, step, str(import_id))
    SimpleWorker([jobs], connection=site.events).work(burst=True, logging_level="WARNING")


def _check(site: Site, rows: int) -> None:
    with transaction(site.engine) as session:
        found = session.scalar(select(func.count(ListEntry.id)))
    assert found == rows, f"{found} entries instead of {rows}"


def _cost(site: Site, step: Callable[[], object]) -> str:
    site.engine.dispose()
    started, used = time.perf_counter(), _processor(site)
    step()
    # What a backend used counts once it has ended.
    site.engine.dispose()
    time.sleep(0.3)
    return f"{time.perf_counter() - started - 0.3:.1f} ({_processor(site) - used:.1f})"


def _processor(site: Site) -> float:
    """Seconds of processor that this process used, and PostgreSQL with all its backends that have ended."""
    with site.engine.connect() as connection:
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
    site.engine.dispose()
    postmaster = (folder / "postmaster.pid").read_text().split()[0]
    fields = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_EVENTS_URL": settings.redis_events_url,
        "REDIS_FRAMES_URL": settings.redis_frames_url,
        "PLATEWIRE_DATA_DIR": str(settings.data_dir),
        "PLATEWIRE_SECRET_KEY": settings.secret_key.get_secret_value(),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--form", type=Form, action="append", choices=list(Form), help="only this one; may be repeated")
    return parser.parse_args()


if __name__ == "__main__":
    main()
