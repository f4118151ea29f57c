"""The process that works on imports and mirrors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select, update

from shared.db.session import transaction
from shared.db.tables import ListEntry, ListMirror
from shared.jobs import list_queue
from tests.integration.api.gateway import Api
from tests.integration.api.transfers import LISTS, entries, environment, look, upload


def wait_for(true: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


@contextmanager
def the_process(api: Api, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    own = {**os.environ, **environment(api.site.settings), "PLATEWIRE_RUN_DIR": str(folder)}
    process = subprocess.Popen([sys.executable, "-m", "services.api.jobs"], env=own, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_process_plans_applies_and_mirrors_and_ends_when_asked(api: Api, tmp_path: Path) -> None:
    folder = api.site.settings.data_dir / "mirrors"
    folder.mkdir()
    (folder / "b.txt").write_text("BB22\n")
    with the_process(api, tmp_path) as process:
        started = api.client.post(f"{LISTS}/white/imports", content=b"AA11").json()["id"]
        wait_for(lambda: look(api, started)["state"] == "planned")
        api.client.post(f"{LISTS}/white/imports/{started}/confirm")
        wait_for(lambda: look(api, started)["state"] == "applied")
        api.client.put(f"{LISTS}/black/mirror", json={"source": {"kind": "file", "name": "b.txt"}})
        wait_for(lambda: entries(api, "black"))
        # Redis forgets everything; the mirror still runs, because PostgreSQL says when.
        api.site.events.flushall()
        (folder / "b.txt").write_text("BB22\nCC33\n")
        with transaction(api.site.engine) as session:
            session.execute(update(ListMirror).values(next_run_at=func.now()))
        wait_for(lambda: len(entries(api, "black")) == 2)
        assert (tmp_path / "platewire-api-jobs.alive").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert list_queue(api.site.events).is_empty()


def test_a_process_that_is_killed_leaves_the_list_whole_and_the_next_one_finishes(api: Api, tmp_path: Path) -> None:
    planned = upload(api, "\n".join(f"AA{number:05d}" for number in range(20_000)))
    api.client.post(f"{LISTS}/white/imports/{planned['id']}/confirm")

    def has_begun() -> bool:
        found = look(api, planned["id"])
        return bool(found["state"] == "applied" or found["progress"]["sentence"] != "Waits")

    with the_process(api, tmp_path) as process:
        wait_for(has_begun)
        process.kill()
        process.wait()
    assert count(api) in (0, 20_000)
    with the_process(api, tmp_path):
        wait_for(lambda: look(api, planned["id"])["state"] == "applied")
    assert count(api) == 20_000


def count(api: Api) -> int:
    with transaction(api.site.engine) as session:
        return session.scalar(select(func.count(ListEntry.id))) or 0
