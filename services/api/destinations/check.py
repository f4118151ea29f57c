"""Has a worker try a destination's connection and waits for what it says."""

from __future__ import annotations

import time
from uuid import UUID

import redis
from rq.job import Job

from services.api.destinations.schemas import CheckResult
from services.api.errors import AnswerTooLate
from shared.errors import Trouble
from shared.jobs import CHECK_DESTINATION, queue

PATIENCE, PAUSE = 15.0, 0.1


def check(client: redis.Redis, destination_id: UUID, patience: float = PATIENCE) -> CheckResult:
    """Raises AnswerTooLate when no worker finishes within `patience` seconds."""
    job = queue(client).enqueue(
        CHECK_DESTINATION, str(destination_id), job_timeout=int(PATIENCE), ttl=int(PATIENCE), result_ttl=60
    )
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        result = job.latest_result()
        if result is not None:
            return _outcome(result.return_value)
        time.sleep(PAUSE)
    _withdraw(job)
    raise AnswerTooLate(f"No worker tried this destination within {patience:.0f} seconds, does integrations run?")


def _outcome(returned: object) -> CheckResult:
    if returned is None:
        sentence = "The check itself failed, the log of integrations says why"
        return CheckResult(ok=False, kind="", sentence=sentence, trouble=Trouble.OTHER)
    return CheckResult.model_validate(returned)


def _withdraw(job: Job) -> None:
    """A check that nobody waits for must not run later."""
    job.delete()
