"""`python -m services.integrations` supervises one process for each kind; with a kind's name it is that process."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial

from services.integrations.engine import catalogue
from services.integrations.engine.discover import Found, discover, load
from services.integrations.engine.patience import patiently
from services.integrations.engine.worker import Worker
from shared.db import session
from shared.job_worker import run_jobs
from shared.jobs import queue
from shared.media import MediaStore
from shared.process import Child, Stop, Supervisor, heartbeat_file, run_service
from shared.secrets import Vault
from shared.settings import Settings, from_environment
from shared.streams import connect

SERVICE = "integrations"
JOBS = "jobs"


def supervise(settings: Settings, stop: Stop) -> None:
    """Publishes what integrations exist and keeps a child for each usable one, and one for jobs."""
    found = discover()
    engine = session.connect(settings.sqlalchemy_url, pool=1)
    patiently(partial(catalogue.publish, engine, found), stop.wait)
    patiently(partial(catalogue.forget_missing, engine, [one.name for one in found]), stop.wait)
    engine.dispose()
    usable = [one.name for one in found if one.integration]
    children = [
        Child(f"{SERVICE} {name}", [sys.executable, "-m", "services.integrations", name], dict(os.environ))
        for name in [*usable, JOBS]
    ]
    alive = heartbeat_file(SERVICE)
    Supervisor(children).run(stop, alive.touch)


def work(settings: Settings, kind: str, stop: Stop) -> None:
    """One kind's deliveries until `stop`."""
    integration = load(kind)
    engine = session.connect(settings.sqlalchemy_url, pool=8)
    patiently(partial(catalogue.publish, engine, [Found(kind, integration)]), stop.wait)
    Worker(
        integration,
        engine,
        connect(settings.redis_events_url),
        Vault(settings.secret_key.get_secret_value()),
        MediaStore(settings.media_dir),
        settings.data_dir,
        instance=f"{settings.instance}-" if settings.instance else "",
        heartbeat=heartbeat_file(f"{SERVICE}-{kind}"),
    ).run(stop)


def main(arguments: Sequence[str], stop: Stop) -> None:
    settings = from_environment()
    if not arguments:
        supervise(settings, stop)
    elif arguments[0] == JOBS:
        client = connect(settings.redis_events_url)
        run_jobs(client, queue(client), heartbeat_file(f"{SERVICE}-{JOBS}"))
    else:
        work(settings, arguments[0], stop)


if __name__ == "__main__":
    run_service(SERVICE, partial(main, sys.argv[1:]))
