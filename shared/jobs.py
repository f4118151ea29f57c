"""RQ carries work that somebody waits for or that runs by the clock; never the live path of frames and events.

Jobs are named by string path, so that who enqueues them need not import who runs them.
"""

from __future__ import annotations

import redis
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

JOBS = "jobs"
CHECK_DESTINATION = "services.integrations.engine.checks.check_destination"
"""(destination_id: str) → {"ok": bool, "kind": str, "sentence": str}: tries a destination's connection."""
LIST_JOBS = "list-jobs"
"""A queue of its own: a million rows take a minute, and nobody who tests a destination waits for that."""
PLAN_IMPORT = "services.api.transfer.work.plan_import"
"""(import_id: str) → None: reads an import's file and says what it would do."""
APPLY_IMPORT = "services.api.transfer.work.apply_import"
"""(import_id: str) → None: writes what was planned, all of it or nothing."""
RUN_MIRROR = "services.api.mirrors.work.run_mirror"
"""(list_id: str) → None: fetches a list's source, plans, and applies what its owner lets pass."""
WRITE_EXPORT = "services.api.exports.work.write_export"
"""(export_id: str) → None: writes events to a file that somebody fetches."""
RUN_RETENTION = "services.api.retention.work.run_retention"
"""(night: str) → None: deletes what is older than the site keeps it."""
LONGEST = 900
"""Seconds after which a job is ended."""


def queue(client: redis.Redis) -> Queue:
    return Queue(JOBS, connection=client)


def list_queue(client: redis.Redis) -> Queue:
    return Queue(LIST_JOBS, connection=client, default_timeout=LONGEST)


def enqueue_once(jobs: Queue, function: str, subject: str) -> None:
    """Enqueues `function(subject)` unless it waits already. Redis may lose it: who needs it asks again."""
    if not waits(jobs, function, subject):
        jobs.enqueue(function, subject, job_id=_identity(function, subject), result_ttl=60, failure_ttl=3600)


def waits(jobs: Queue, function: str, subject: str) -> bool:
    """Whether the job is enqueued and nobody has begun it."""
    found = job_of(jobs, function, subject)
    return found is not None and found.get_status() == JobStatus.QUEUED


def job_of(jobs: Queue, function: str, subject: str) -> Job | None:
    """The job that `enqueue_once` made, if Redis still knows it."""
    try:
        return Job.fetch(_identity(function, subject), connection=jobs.connection)
    except NoSuchJobError:
        return None


def _identity(function: str, subject: str) -> str:
    return f"{function.rpartition('.')[2]}-{subject}"
