"""How what a search finds is spread over time and cameras."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.db.session import transaction
from shared.db.tables import Audit
from shared.messages import UnreadReason
from tests.integration.api.gateway import Api, add_camera, an_event

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def spread(api: Api, **query: Any) -> dict[str, Any]:
    answer = api.client.get("/api/v1/events/distribution", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_events_are_counted_by_hour_and_camera_and_the_filters_hold(api: Api) -> None:
    camera = add_camera(api, "Gate in, new name")
    here, there = UUID(str(camera["id"])), UUID(int=6)
    api.store(
        an_event("AA1111AA", NOON, camera_id=here, camera_name="Gate in"),
        an_event("AA1111AA", NOON + timedelta(minutes=59), camera_id=here, camera_name="Gate in"),
        an_event("BB2222BB", NOON + timedelta(hours=25), camera_id=there, camera_name="Taken down", confidence=0.5),
        an_event("", NOON, unread=UnreadReason.LOW_CONTRAST, country="", confidence=0.0),
    )
    told = spread(api)
    assert (told["total"], told["complete"], told["width"], told["timezone"]) == (3, True, "hour", "UTC")
    assert [(bucket["begins"], bucket["events"]) for bucket in told["buckets"]] == [
        ("2026-11-10T12:00:00Z", 2),
        ("2026-11-11T13:00:00Z", 1),
    ]
    assert told["buckets"][1]["ends"] == "2026-11-11T14:00:00Z"
    assert (told["hours"][12], told["hours"][13], sum(told["hours"])) == (2, 1, 3)
    assert [(one["camera_name"], one["events"]) for one in told["by_camera"]] == [
        ("Gate in, new name", 2),
        ("Taken down", 1),
    ]
    assert spread(api, plate="1111")["total"] == 2
    assert spread(api, max_confidence=0.6)["total"] == 1
    assert spread(api, unread="only")["total"] == 1
    assert spread(api, camera=[str(here), str(there)])["total"] == 3
    assert spread(api, camera=str(there))["total"] == 1
    assert spread(api, tag="vip") == told | {
        "total": 0,
        "buckets": [],
        "hours": [0] * 24,
        "by_camera": [],
    }


def test_longer_times_are_shown_by_the_day_and_by_the_month_of_the_sites_clocks(api: Api) -> None:
    api.client.patch("/api/v1/site", json={"timezone": "Europe/Kyiv"})
    late = datetime(2026, 10, 24, 22, tzinfo=UTC)
    api.store(*(an_event(at=late + timedelta(days=number)) for number in (0, 1, 5)))
    told = spread(api)
    # 22:00 UTC is one at night in Kyiv before the clocks change on 25 October, and midnight after it.
    assert told["width"] == "day"
    assert [bucket["begins"] for bucket in told["buckets"]] == [
        "2026-10-25T00:00:00+03:00",
        "2026-10-26T00:00:00+02:00",
        "2026-10-30T00:00:00+02:00",
    ]
    # The day on which they change has 25 hours.
    assert told["buckets"][0]["ends"] == "2026-10-26T00:00:00+02:00"
    assert (told["hours"][1], told["hours"][0]) == (1, 2)
    api.store(an_event(at=late - timedelta(days=200)))
    told = spread(api)
    assert (told["width"], [bucket["events"] for bucket in told["buckets"]]) == ("month", [1, 3])
    assert told["buckets"][1]["begins"] == "2026-10-01T00:00:00+03:00"
    assert told["buckets"][1]["ends"] == "2026-11-01T00:00:00+02:00"


def test_to_count_a_plate_is_a_search_for_it_in_the_audit_log(api: Api) -> None:
    spread(api, plate="AA11", reason="case 17", camera=str(UUID(int=1)))
    spread(api)
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit)).one()
    assert (row.action, row.subject, row.detail["reason"]) == ("event.search", "AA11", "case 17")
    assert row.detail["camera"] == [str(UUID(int=1))]


def test_who_is_limited_to_a_camera_counts_its_events_only(api: Api) -> None:
    api.store(an_event(camera_id=UUID(int=5)), an_event(camera_id=UUID(int=6)))
    key = api.limited_to(UUID(int=5), "events:read")
    told = api.stranger.get("/api/v1/events/distribution", headers=key).json()
    assert (told["total"], [one["camera_id"] for one in told["by_camera"]]) == (1, [str(UUID(int=5))])
    asked = {"camera": str(UUID(int=6))}
    assert api.stranger.get("/api/v1/events/distribution", params=asked, headers=key).json()["total"] == 0
