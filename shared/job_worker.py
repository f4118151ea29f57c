"""Runs background jobs: an RQ worker that shows by its heartbeat that it lives."""

from __future__ import annotations

import logging
from pathlib import Path

import redis
from redis.client import Pipeline
from rq import Queue, SimpleWorker

logger = logging.getLogger(__name__)

TTL = 17
"""RQ waits for a job TTL - 15 seconds at a time, so this gives a heartbeat each two seconds."""


class JobWorker(SimpleWorker):
    """Jobs run in this process; a job that hangs is ended by RQ's alarm."""

    alive: Path | None = None

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        super().heartbeat(timeout, pipeline)
        if self.alive:
            self.alive.touch()


def run_jobs(client: redis.Redis, queue: Queue, heartbeat: Path) -> None:
    """Works off the queue until SIGTERM or SIGINT; RQ itself waits while Redis is away."""
    worker = JobWorker([queue], connection=client, worker_ttl=TTL)
    worker.alive = heartbeat
    worker.work(logging_level="WARNING")
