"""A hundred thousand events: every question of the pages is answered, and by way of the indexes.

Nothing here asserts how fast; with `--log-cli-level=INFO` the times are shown.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from services.api.events.schemas import EventSearch
from services.api.search.conditions import conditions
from services.api.search.pages import Slice, _ordered
from shared.clock import now
from tests.integration.api import at_size
from tests.integration.api.gateway import Api

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.slow


@pytest.fixture
def large(api: Api) -> Api:
    with api.site.engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        at_size.fill(connection)
    with api.site.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        at_size.settle(connection)
    return api


SEARCHES: tuple[dict[str, object], ...] = (
    {},
    {"plate": "AA0"},
    {"plate": "*12?4*", "mode": "wildcard"},
    {"plate": "AA01234B", "mode": "similar"},
    {"plate": "AA01234B", "mode": "exact"},
    {"plate": "234", "mode": "contains"},
    {"camera": [str(UUID(int=1)), str(UUID(int=2))]},
    {"list": "white"},
    {"list": "none", "country": "POL", "zone": 2},
    {"direction": "in", "min_confidence": 0.6, "max_confidence": 0.7},
    {"unread": "only"},
    {"unread": "with", "from": (now() - timedelta(days=7)).isoformat()},
    {"tag": "vip"},
    {"corrected": "only"},
    {"country": "ZZZ"},
)


@pytest.mark.timeout(600)
def test_every_search_finds_and_counts_among_a_hundred_thousand(large: Api) -> None:
    for asked in SEARCHES:
        page, took = timed(large, "/api/v1/events", asked)
        spread, counted = timed(large, "/api/v1/events/distribution", asked)
        logger.info("%6.0f ms %6.0f ms %6d %s", took * 1000, counted * 1000, spread["total"], asked)
        assert len(page["events"]) == min(50, spread["total"]), asked
        assert sum(spread["hours"]) == sum(one["events"] for one in spread["by_camera"]) == spread["total"]
    everything, _ = timed(large, "/api/v1/events/distribution", {"unread": "with"})
    assert (everything["total"], everything["complete"]) == (at_size.EVENTS, True)
    assert len(everything["by_camera"]) == at_size.CAMERAS
    event = timed(large, "/api/v1/events", {"plate": "AA0"})[0]["events"][0]
    months = f"/statistics?from={now() - timedelta(days=60):%Y-%m-%d}T00:00:00Z"
    for address in (f"/events/{event['event_id']}", f"/events/{event['event_id']}/visits", "/tags", months):
        _, took = timed(large, f"/api/v1{address}", {})
        logger.info("%6.0f ms %s", took * 1000, address)


@pytest.mark.timeout(300)
def test_searches_go_through_indexes(large: Api) -> None:
    with large.site.engine.connect() as connection:
        for asked, index in (
            ({"plate": "AA01234B", "mode": "exact"}, "plate"),
            ({"plate": "01234", "mode": "contains"}, "plate"),
            ({"corrected": "only"}, "captured_at"),
            ({"unread": "only"}, "captured_at"),
        ):
            plan = explained(connection, asked)
            # Partitions of months to come are empty, and read as a whole.
            for part in ("events_default", f"events_{now():%Y_%m}"):
                assert f"Seq Scan on {part} " not in plan, (asked, plan)
            assert index in plan, (asked, plan)


def timed(api: Api, address: str, asked: dict[str, Any]) -> tuple[dict[str, Any], float]:
    started = time.monotonic()
    answer = api.client.get(address, params=asked)
    took = time.monotonic() - started
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found, took


def explained(connection: Connection, asked: Mapping[str, object]) -> str:
    criteria = EventSearch.model_validate(asked).criteria()
    assert conditions(criteria)
    query = _ordered(criteria, oldest_first=False).limit(Slice(50).limit + 1)
    written = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    return "\n".join(connection.execute(text(f"EXPLAIN {written}".replace(":", r"\:"))).scalars())
