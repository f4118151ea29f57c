"""Events: filters, pictures and pages that neither skip nor repeat."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from shared.clock import now
from shared.media import MediaStore
from shared.messages import Alternative, DeliveryState, Direction, UnreadReason
from tests.integration.api.gateway import JPEG, Api, an_event


def test_an_event_comes_with_characters_deliveries_and_pictures(api: Api) -> None:
    media = MediaStore(api.site.settings.media_dir)
    key = media.put(JPEG, "frame-1", now())
    event = an_event(frame_key=key, lists=("white",))
    api.store(event, characters=[{"options": [["A", 0.98], ["4", 0.01]]}])
    api.deliver(event, api.destination(), DeliveryState.DEAD)
    address = f"/api/v1/events/{event.event_id}"
    found = api.client.get(address).json()
    assert found["plate"] == "AA1234BB"
    assert found["box"] == [10, 20, 120, 30]
    assert found["characters"][0]["options"][0] == ["A", 0.98]
    assert [(one["destination"], one["state"]) for one in found["deliveries"]] == [("Cloud", "dead")]
    picture = api.client.get(found["frame_url"])
    assert (picture.content, picture.headers["content-type"]) == (JPEG, "image/jpeg")
    assert picture.headers["cache-control"].startswith("private")
    assert found["crop_url"] == ""
    assert api.client.get(f"{address}/crop.jpg").status_code == 404
    media.discard(key)
    assert api.client.get(f"{address}/frame.jpg").status_code == 404
    assert api.client.get(f"/api/v1/events/{uuid4()}").status_code == 404


def test_events_are_filtered_by_everything_at_once_and_one_by_one(api: Api) -> None:
    moment = now() - timedelta(hours=1)
    wanted = an_event("KA4711XY", moment, direction=Direction.IN, lists=("Staff",), camera_id=UUID(int=5), zone=3)
    other = an_event("WB99%1", moment + timedelta(minutes=30), country="POL", confidence=0.5)
    api.store(wanted, other)
    queries: list[dict[str, object]] = [
        {"plate": "4711"},
        {"plate": "ка-47"},
        {"plate": "K?4711*"},
        {"plate": "KA4711XY", "mode": "exact"},
        {"plate": "KA47", "mode": "prefix"},
        {"plate": "KA4771XY", "mode": "similar"},
        {"zone": 3},
        {"list": "Staff"},
        {"direction": "in"},
        {"country": "ukr"},
        {"camera": str(UUID(int=5))},
        {"min_confidence": 0.9},
        {"to": (moment + timedelta(minutes=1)).isoformat()},
        {"from": (moment - timedelta(minutes=1)).isoformat(), "plate": "XY", "list": "Staff", "country": "UKR"},
    ]
    for query in queries:
        found = api.client.get("/api/v1/events", params=query)  # type: ignore[arg-type]
        assert found.status_code == 200, found.text
        assert [event["plate"] for event in found.json()["events"]] == ["KA4711XY"], query
    assert [row["plate"] for row in api.client.get("/api/v1/events?list=none").json()["events"]] == ["WB99%1"]
    assert [row["plate"] for row in api.client.get("/api/v1/events?plate=9%25").json()["events"]] == ["WB99%1"]
    assert api.client.get("/api/v1/events?plate=%25").status_code == 422
    assert api.client.get("/api/v1/events?cursor=nonsense").status_code == 422
    assert api.client.get("/api/v1/events?limit=501").status_code == 422


def test_unread_vehicles_are_listed_only_when_they_are_asked_for(api: Api) -> None:
    moment = now() - timedelta(hours=1)
    read = an_event("KA4711XY", moment)
    dark = an_event("", moment + timedelta(minutes=1), unread=UnreadReason.LOW_CONTRAST, country="", confidence=0.0)
    api.store(read, dark)
    for asked, found in (
        ("", [read]),
        ("unread=without", [read]),
        ("unread=with", [dark, read]),
        ("unread=only", [dark]),
    ):
        rows = api.client.get(f"/api/v1/events?{asked}").json()["events"]
        assert [row["event_id"] for row in rows] == [str(event.event_id) for event in found], asked
    assert (rows[0]["plate"], rows[0]["unread"]) == ("", "low_contrast")
    assert len(api.client.get("/api/v1/events").json()["events"]) == 1
    assert api.client.get(f"/api/v1/events/{dark.event_id}").json()["unread"] == "low_contrast"
    assert api.client.get("/api/v1/events?unread=with&plate=4711").json()["events"][0]["unread"] is None
    assert api.client.get("/api/v1/events?unread=sometimes").status_code == 422


def test_an_event_shows_what_else_it_could_have_been(api: Api) -> None:
    other = Alternative(text="KA4711X1", country="UKR", margin=0.4)
    event = an_event("KA4711XY", region="Kyiv", alternatives=(other,))
    api.store(event)
    (row,) = api.client.get("/api/v1/events").json()["events"]
    assert (row["region"], row["alternatives"]) == ("Kyiv", [{"text": "KA4711X1", "country": "UKR", "margin": 0.4}])


def test_the_database_refuses_an_event_without_plate_and_reason(api: Api) -> None:
    with pytest.raises(IntegrityError, match="ck_events_plate_or_unread"):
        api.store(an_event(""))


def test_pages_walk_a_thousand_events_without_gap_or_repeat_while_new_ones_arrive(api: Api) -> None:
    moment = now() - timedelta(hours=1)
    # Three in each second: the cursor must tell rows of the same time apart.
    events = [an_event(at=moment + timedelta(seconds=number // 3)) for number in range(1000)]
    api.store(*events)
    seen: list[str] = []
    cursor = None
    for _ in range(30):
        page = api.client.get("/api/v1/events", params={"limit": 77, **({"cursor": cursor} if cursor else {})}).json()
        seen += [row["event_id"] for row in page["events"]]
        api.store(an_event())
        if (cursor := page["next"]) is None:
            break
    newest_first = sorted(events, key=lambda event: (event.captured_at, event.event_id.hex), reverse=True)
    assert seen == [str(event.event_id) for event in newest_first]
