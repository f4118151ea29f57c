"""Uploads of lists, and the jobs that work on them, for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from rq import SimpleWorker

from services.api.transfer.storage import ImportFiles
from services.api.transfer.work import Imports
from shared.jobs import list_queue
from shared.settings import Settings
from shared.testing import Site
from tests.integration.api.gateway import Api

Json = dict[str, Any]
LISTS = "/api/v1/lists"


def imports_of(site: Site) -> Imports:
    return Imports(site.engine, ImportFiles.of(site.settings.data_dir))


def environment(settings: Settings) -> dict[str, str]:
    """What tells a process of its own where the site is."""
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_EVENTS_URL": settings.redis_events_url,
        "REDIS_FRAMES_URL": settings.redis_frames_url,
        "PLATEWIRE_DATA_DIR": str(settings.data_dir),
        "PLATEWIRE_SECRET_KEY": settings.secret_key.get_secret_value(),
    }


@contextmanager
def in_environment(settings: Settings) -> Iterator[None]:
    with patch.dict(os.environ, environment(settings)):
        yield


def work(api: Api) -> None:
    """Works off all jobs that wait, as the process of jobs does."""
    with in_environment(api.site.settings):
        SimpleWorker([list_queue(api.site.events)], connection=api.site.events).work(
            burst=True, logging_level="WARNING"
        )


def upload(api: Api, content: str | bytes, name: str = "white", **options: object) -> Json:
    """Starts an import, has it planned, and returns it with its report."""
    body = content.encode() if isinstance(content, str) else content
    answer = api.client.post(f"{LISTS}/{name}/imports", content=body, params=_parameters(options))
    assert answer.status_code == 202, answer.text
    work(api)
    return look(api, answer.json()["id"], name)


def look(api: Api, import_id: str, name: str = "white") -> Json:
    found: Json = api.client.get(f"{LISTS}/{name}/imports/{import_id}").json()
    return found


def confirm(api: Api, import_id: str, name: str = "white") -> Json:
    answer = api.client.post(f"{LISTS}/{name}/imports/{import_id}/confirm")
    assert answer.status_code == 202, answer.text
    work(api)
    return look(api, import_id, name)


def bring_in(api: Api, content: str | bytes, name: str = "white", **options: object) -> Json:
    """Uploads, plans and applies."""
    done = confirm(api, upload(api, content, name, **options)["id"], name)
    assert done["state"] == "applied", done
    return done


def entries(api: Api, name: str = "white") -> dict[str, Json]:
    """The first 500 entries by plate, with what the list of entries shows."""
    rows = api.client.get(f"{LISTS}/{name}/entries", params={"limit": 500}).json()["entries"]
    return {row["plate"]: row for row in rows}


def _parameters(options: Mapping[str, object]) -> Any:
    return dict(options)
