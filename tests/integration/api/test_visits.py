"""When and where a vehicle was seen before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Audit
from shared.messages import Direction, Event, UnreadReason
from tests.integration.api.gateway import Api, an_event

IN, OUT = UUID(int=5), UUID(int=6)


def a_week_of_work(monday: datetime) -> list[Event]:
    """In at about seven, out at about four, Monday to Friday, UTC."""
    days = [monday + timedelta(days=number) for number in range(5)]
    come = [
        an_event(at=day + timedelta(hours=7, minutes=n), camera_id=IN, camera_name="In", direction=Direction.IN)
        for n, day in enumerate(days)
    ]
    go = [
        an_event(at=day + timedelta(hours=16, minutes=n), camera_id=OUT, camera_name="Out", direction=Direction.OUT)
        for n, day in enumerate(days[:4])
    ]
    return come + go


def last_monday() -> datetime:
    today = now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday() + 7)


def test_visits_are_counted_by_camera_and_by_the_sites_clocks(api: Api) -> None:
    api.client.patch("/api/v1/site", json={"timezone": "Asia/Tokyo"})
    api.client.post("/api/v1/lists/white/entries", json={"plate": "AA1234BB"})
    monday = last_monday()
    events = a_week_of_work(monday)
    old = an_event(at=monday - timedelta(days=100), camera_id=IN, camera_name="Old name")
    api.store(*events, old, an_event("BB2222BB"))
    told = api.client.get("/api/v1/plates/aa-1234-bb").json()
    assert (told["plate"], told["timezone"], told["total"], told["complete"]) == ("AA1234BB", "Asia/Tokyo", 10, True)
    assert told["last_30_days"] == 9
    assert [(one["camera_name"], one["visits"]) for one in told["by_camera"]] == [("In", 6), ("Out", 4)]
    # Tokyo is nine hours ahead: they come at 16 and go after midnight.
    assert told["usual_in"] == {"begins": "16:00", "ends": "16:03", "visits": 5}
    assert told["usual_out"] == {"begins": "01:00", "ends": "01:03", "visits": 4}
    assert (told["week"][0][16], told["week"][1][1], told["week"][0][1]) == (1, 1, 0)
    assert sum(map(sum, told["week"])) == 10
    assert [hit["list"] for hit in told["hits"]] == ["white"]
    assert api.client.get(f"/api/v1/events/{events[0].event_id}/visits").json() == told


def test_looking_a_plate_up_is_in_the_audit_log_and_looking_at_an_event_is_not(api: Api) -> None:
    event = an_event()
    api.store(event)
    api.client.get(f"/api/v1/events/{event.event_id}/visits")
    api.client.get("/api/v1/plates/AA1234BB", headers={"X-Platewire-Reason": "theft 17"})
    with transaction(api.site.engine) as session:
        rows = session.execute(select(Audit.action, Audit.subject, Audit.detail).where(Audit.action != "")).all()
    assert [(row.action, row.subject, row.detail["reason"]) for row in rows] == [
        ("event.search", "AA1234BB", "theft 17")
    ]


def test_a_plate_that_was_never_seen_has_no_visits(api: Api) -> None:
    told = api.client.get("/api/v1/plates/ZZ9999ZZ").json()
    assert (told["total"], told["first_seen"], told["usual_in"], told["by_camera"]) == (0, None, None, [])
    for wrong in ("K", "KA*", "K?11"):
        assert api.client.get(f"/api/v1/plates/{wrong.replace('?', '%3F')}").status_code == 422


def test_a_vehicle_without_a_plate_has_no_visits(api: Api) -> None:
    dark = an_event("", unread=UnreadReason.LOW_CONTRAST, country="", confidence=0.0)
    api.store(dark, an_event("", unread=UnreadReason.LOW_CONTRAST, country="", confidence=0.0))
    assert api.client.get(f"/api/v1/events/{dark.event_id}/visits").json()["total"] == 0


def test_who_is_limited_to_a_camera_sees_visits_there_only(api: Api) -> None:
    events = a_week_of_work(last_monday())
    api.store(*events)
    key = api.limited_to(IN, "events:read")
    for address in ("/api/v1/plates/AA1234BB", f"/api/v1/events/{events[0].event_id}/visits"):
        told = api.stranger.get(address, headers=key).json()
        assert (told["total"], [one["camera_name"] for one in told["by_camera"]]) == (5, ["In"])
        assert told["usual_out"] is None
    assert api.stranger.get(f"/api/v1/events/{events[-1].event_id}/visits", headers=key).status_code == 404
