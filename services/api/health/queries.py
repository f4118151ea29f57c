"""Asks the servers whether they answer and Redis which services were seen."""

from __future__ import annotations

from collections.abc import Callable

import redis
from sqlalchemy import text

from services.api.deps import State
from services.api.health.schemas import Check, Condition, Health
from services.api.meta import sites
from shared.clock import now
from shared.db.session import DATABASE_DOWN, transaction
from shared.status import service_statuses
from shared.streams import REDIS_DOWN

SERVICES = ("capture", "recognizer", "reactor", "integrations")
FINE = Check(status=Condition.OK)
_WORST = (Condition.OK, Condition.DEGRADED, Condition.FAILING)


def health(state: State) -> Health:
    """The worst of all checks is the site's."""
    checks = {
        "database": _check(lambda: _ask_database(state), DATABASE_DOWN, "PostgreSQL does not answer"),
        "redis_events": _check(state.events.ping, REDIS_DOWN, "The Redis that keeps events does not answer"),
        "redis_frames": _check(state.frames.ping, REDIS_DOWN, "The Redis that carries frames does not answer"),
    }
    if checks["database"] is FINE:
        checks |= _meta_sites(state)
    if checks["redis_events"] is FINE:
        checks |= _services(state.events)
    worst = max((check.status for check in checks.values()), key=_WORST.index)
    return Health(status=worst, checks=checks)


def _meta_sites(state: State) -> dict[str, Check]:
    """Nothing where no site sends its events here."""
    with transaction(state.engine) as session:
        count, silent = sites.silent(session, now())
    if not count:
        return {}
    sentence = f"{silent} of {count} Meta sites have not reported for three minutes"
    return {"meta_sites": Check(status=Condition.DEGRADED, sentence=sentence) if silent else FINE}


def _ask_database(state: State) -> None:
    with state.engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def _check(ask: Callable[[], object], down: tuple[type[Exception], ...], sentence: str) -> Check:
    try:
        ask()
    except down:
        return Check(status=Condition.FAILING, sentence=sentence)
    return FINE


def _services(client: redis.Redis) -> dict[str, Check]:
    seen = {status.service for status in service_statuses(client)}
    return {
        name: FINE if name in seen else Check(status=Condition.DEGRADED, sentence=f"No {name} reports, does it run?")
        for name in SERVICES
    }
