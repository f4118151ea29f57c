"""RQ carries work that somebody waits for or that runs by the clock; never the live path of frames and events.

Jobs are named by string path, so that who enqueues them need not import who runs them.
"""

from __future__ import annotations

import redis
from rq import Queue

JOBS = "jobs"
CHECK_DESTINATION = "services.integrations.engine.checks.check_destination"
"""(destination_id: str) → {"ok": bool, "kind": str, "sentence": str}: tries a destination's connection."""


def queue(client: redis.Redis) -> Queue:
    return Queue(JOBS, connection=client)
