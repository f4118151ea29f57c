"""What a dashboard shows of a span of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from shared.db.session import transaction
from shared.db.tables import DeliveryRow
from shared.messages import DeliveryState, Direction, UnreadReason
from tests.integration.api.gateway import Api, an_event

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
DAY = {"from": "2026-11-10T12:00:00Z", "to": "2026-11-10T15:00:00Z"}
IN, OUT = UUID(int=5), UUID(int=6)


def statistics(api: Api, **asked: Any) -> dict[str, Any]:
    answer = api.client.get("/api/v1/statistics", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def pass_by(api: Api) -> None:
    come = {"camera_id": IN, "camera_name": "In", "direction": Direction.IN}
    go = {"camera_id": OUT, "camera_name": "Out", "direction": Direction.OUT}
    dark = {"unread": UnreadReason.LOW_CONTRAST, "country": "", "confidence": 0.0}
    api.store(
        an_event("AA1111AA", NOON, lists=("white", "staff"), **come),
        an_event("AA1111AA", NOON + timedelta(minutes=59), lists=("white",), **come),
        an_event("BB2222BB", NOON + timedelta(minutes=30), country="POL", **come),
        an_event("AA1111AA", NOON + timedelta(hours=2), **go),
        an_event("", NOON + timedelta(hours=2), **go, **dark),
        an_event("CC3333CC", NOON + timedelta(minutes=1), camera_id=IN, camera_name="In"),
        an_event("DD4444DD", NOON + timedelta(hours=3), **go),
    )


def test_passages_are_counted_by_hour_with_how_many_are_inside(api: Api) -> None:
    pass_by(api)
    told = statistics(api, **DAY)
    assert (told["width"], told["total"], told["entered"], told["left"], told["unread"]) == ("hour", 6, 3, 2, 1)
    names = ("begins", "entered", "left", "other", "unread", "occupancy")
    assert [tuple(one[name] for name in names) for one in told["passages"]] == [
        ("2026-11-10T12:00:00Z", 3, 0, 1, 0, 3),
        ("2026-11-10T13:00:00Z", 0, 0, 0, 0, 3),
        ("2026-11-10T14:00:00Z", 0, 2, 0, 1, 1),
    ]
    assert told["read_rate"] == pytest.approx(5 / 6)


def test_vehicles_countries_lists_and_cameras_are_counted(api: Api) -> None:
    pass_by(api)
    told = statistics(api, **DAY)
    assert told["vehicles"] == 3
    assert [(one["plate"], one["passages"]) for one in told["top_plates"]] == [
        ("AA1111AA", 3),
        ("BB2222BB", 1),
        ("CC3333CC", 1),
    ]
    assert {one["country"]: one["passages"] for one in told["countries"]} == {"UKR": 4, "POL": 1, "": 1}
    assert [(one["list"], one["passages"]) for one in told["lists"]] == [("white", 2), ("staff", 1), ("none", 3)]
    cameras = [(one["camera_name"], one["passages"], one["unread"], one["reasons"]) for one in told["cameras"]]
    assert cameras == [("In", 4, 0, {}), ("Out", 2, 1, {"low_contrast": 1})]
    assert [one["read_rate"] for one in told["cameras"]] == [1.0, 0.5]
    assert statistics(api, **DAY, camera=str(OUT))["total"] == 2


def test_days_are_those_of_the_sites_clocks_also_where_clocks_change(api: Api) -> None:
    api.client.patch("/api/v1/site", json={"timezone": "Europe/Kyiv"})
    api.store(*(an_event(at=datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(days=n)) for n in range(3)))
    told = statistics(api, **{"from": "2026-10-23T21:00:00Z", "to": "2026-10-27T22:00:00Z"})
    assert [(one["begins"], one["other"]) for one in told["passages"]] == [
        ("2026-10-24T00:00:00+03:00", 0),
        ("2026-10-25T00:00:00+03:00", 1),
        ("2026-10-26T00:00:00+02:00", 1),
        ("2026-10-27T00:00:00+02:00", 1),
    ]
    told = statistics(api, **{"from": "2026-10-24T21:00:00Z", "to": "2026-10-25T22:00:00Z"})
    # The day on which clocks are put back has an hour twice.
    assert len(told["passages"]) == 25
    assert sum(one["other"] for one in told["passages"]) == told["total"] == 1


def test_deliveries_tell_how_well_destinations_are_reached(api: Api) -> None:
    mine, other = an_event(camera_id=IN), an_event(camera_id=OUT)
    api.store(mine, other)
    cloud, recorder = api.destination("Cloud"), api.destination("Recorder")
    sent = [api.deliver(mine, cloud, DeliveryState.DELIVERED), api.deliver(other, cloud, DeliveryState.DELIVERED)]
    api.deliver(mine, recorder, DeliveryState.DEAD)
    with transaction(api.site.engine) as session:
        for delivery, took in zip(sent, (2, 90), strict=True):
            change = update(DeliveryRow).where(DeliveryRow.id == delivery)
            session.execute(change.values(delivered_at=DeliveryRow.created_at + timedelta(seconds=took)))
    told = statistics(api)["destinations"]
    names = ("destination", "sent", "late", "failed", "waiting")
    assert [tuple(one[name] for name in names) for one in told] == [("Cloud", 2, 1, 0, 0), ("Recorder", 0, 0, 1, 0)]
    assert told[0]["usual_seconds"] == pytest.approx(85.6)
    assert told[1]["usual_seconds"] is None
    assert statistics(api, camera=str(IN))["destinations"][0]["sent"] == 1
    key = api.limited_to(IN, "events:read", "deliveries:read")
    limited = api.stranger.get("/api/v1/statistics", headers=key).json()
    assert (limited["total"], limited["destinations"][0]["sent"]) == (1, 1)
    reader = api.stranger.get("/api/v1/statistics", headers=api.as_key("events:read")).json()
    assert (reader["total"], reader["destinations"]) == (2, None)


def test_a_time_without_any_vehicle_has_empty_hours_and_no_rate(api: Api) -> None:
    told = statistics(api, **DAY)
    assert (len(told["passages"]), told["total"], told["read_rate"], told["top_plates"]) == (3, 0, None, [])
    assert told["lists"] == [{"list": "none", "passages": 0}]
    assert len(statistics(api)["passages"]) == 8


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"from": "2026-11-10T15:00:00Z", "to": "2026-11-10T15:00:00Z"}, "need a from that is before to"),
        ({"from": "2025-01-01T00:00:00Z", "to": "2026-11-10T15:00:00Z"}, "cover at most 366 days"),
        ({"to": "0001-01-01T00:00:00Z"}, "cover the years 1970 to 2999"),
        ({"from": "9999-12-31T00:00:00Z", "to": "9999-12-31T23:59:59Z"}, "cover the years 1970 to 2999"),
    ],
)
def test_a_span_that_cannot_be_shown_is_refused_by_a_sentence(api: Api, asked: dict[str, str], sentence: str) -> None:
    answer = api.client.get("/api/v1/statistics", params=asked)
    assert (answer.status_code, sentence in answer.json()["detail"]) == (422, True), answer.text
