"""A person corrects what was read: the reading is kept, the lists are asked anew, and it can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from services.reactor.store import StoredEvent, save_events
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Audit, Command, DeliveryRow, EventRow, Plate
from shared.messages import Event, UnreadReason
from tests.integration.api.gateway import Api, an_event


def correct(api: Api, event: Event, plate: str, **more: object) -> dict[str, Any]:
    answer = api.client.put(f"/api/v1/events/{event.event_id}/correction", json={"plate": plate, **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def found(api: Api, **query: str) -> list[str]:
    answer = api.client.get("/api/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    return [row["plate"] for row in answer.json()["events"]]


def counted(api: Api) -> dict[str, int]:
    with transaction(api.site.engine) as session:
        return {row.plate: row.events for row in session.scalars(select(Plate))}


def test_a_corrected_event_keeps_what_was_read_and_matches_lists_anew_and_fires_nothing(api: Api) -> None:
    api.client.post("/api/v1/lists/white/entries", json={"plate": "KA4711XY"})
    event = an_event("KA47I1XY", region="Kyiv")
    api.store(event)
    told = correct(api, event, "ка 4711-xy")["event"]
    assert (told["plate"], told["lists"], told["hits"][0]["entry"]) == ("KA4711XY", ["white"], "KA4711XY")
    read = told["correction"]
    assert (read["plate"], read["country"], read["unread"], read["by"]) == ("KA47I1XY", "UKR", None, "key:everything")
    assert found(api, corrected="only") == found(api, plate="4711") == found(api, list="white") == ["KA4711XY"]
    assert found(api, corrected="without") == found(api, plate="47I1") == []
    assert counted(api) == {"KA4711XY": 1}
    with transaction(api.site.engine) as session:
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 0
        assert session.scalar(select(func.count()).select_from(Command)) == 0
        row = session.scalars(select(Audit).where(Audit.action == "event.correct")).one()
    assert (row.subject, row.detail["read"], row.detail["plate"]) == (str(event.event_id), "KA47I1XY", "KA4711XY")


def test_a_correction_is_taken_back_with_all_that_came_of_it(api: Api) -> None:
    api.client.post("/api/v1/lists/white/entries", json={"plate": "KA4711XY"})
    event = an_event("KA47I1XY", region="Kyiv")
    api.store(event)
    before = api.client.get(f"/api/v1/events/{event.event_id}").json()
    correct(api, event, "KA4711XY", country="POL")
    correct(api, event, "KA4711XZ", country="POL")
    address = f"/api/v1/events/{event.event_id}/correction"
    assert api.client.delete(address).status_code == 204
    assert api.client.get(f"/api/v1/events/{event.event_id}").json() == before
    assert counted(api) == {"KA47I1XY": 1}
    assert api.client.delete(address).status_code == 404


def test_to_correct_to_what_was_read_is_to_take_the_correction_back(api: Api) -> None:
    event = an_event("KA47I1XY")
    api.store(event)
    correct(api, event, "KA4711XY")
    told = correct(api, event, "KA47I1XY")["event"]
    assert (told["plate"], told["correction"]) == ("KA47I1XY", None)


def test_a_vehicle_that_nobody_could_read_gets_its_plate(api: Api) -> None:
    event = an_event("", unread=UnreadReason.LOW_CONTRAST, country="", confidence=0.0)
    api.store(event)
    told = correct(api, event, "KA4711XY", country="UKR")
    assert (told["event"]["plate"], told["event"]["unread"], told["look_alikes"]["total"]) == ("KA4711XY", None, 0)
    assert told["event"]["correction"]["unread"] == "low_contrast"
    assert found(api) == ["KA4711XY"]
    api.client.delete(f"/api/v1/events/{event.event_id}/correction")
    assert found(api) == []
    assert counted(api) == {}


def test_events_that_were_misread_in_the_same_way_are_offered_and_corrected_together(api: Api) -> None:
    api.client.post("/api/v1/lists", json={"name": "staff", "match": "strict"})
    api.client.post("/api/v1/lists/staff/entries", json={"plate": "KA4711XY"})
    moment = now() - timedelta(days=1)
    events = [an_event("KA47I1XY", moment + timedelta(minutes=number)) for number in range(3)]
    other = an_event("BB2222BB", moment)
    api.store(*events, other)
    told = correct(api, events[0], "KA4711XY")
    assert [row["event_id"] for row in told["look_alikes"]["events"]] == [str(e.event_id) for e in events[:0:-1]]
    assert told["alias"] == {"plate": "KA47I1XY", "lists": ["staff"], "seen": 2}
    told = correct(api, events[0], "KA4711XY", also=[str(event.event_id) for event in events[1:]])
    assert (told["together"], told["event"]["corrected_together"], told["look_alikes"]["total"]) == (3, 3, 0)
    assert found(api, plate="KA4711XY", mode="exact") == ["KA4711XY"] * 3
    assert counted(api) == {"BB2222BB": 1, "KA4711XY": 3}
    address = f"/api/v1/events/{events[1].event_id}/correction"
    assert api.client.delete(address, params={"together": "true"}).status_code == 204
    assert counted(api) == {"BB2222BB": 1, "KA47I1XY": 3}
    assert api.client.get(f"/api/v1/events/{events[0].event_id}").json()["corrected_together"] == 0
    body = {"plate": "KA4711XY", "also": [str(other.event_id)]}
    refused = api.client.put(f"/api/v1/events/{events[0].event_id}/correction", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, "also")
    assert counted(api) == {"BB2222BB": 1, "KA47I1XY": 3}


def test_no_alias_is_offered_where_the_list_takes_look_alikes(api: Api) -> None:
    api.client.post("/api/v1/lists", json={"name": "staff", "match": "look_alike"})
    api.client.post("/api/v1/lists/staff/entries", json={"plate": "KA4711XY"})
    events = an_event("KA47I1XY"), an_event("KA47I1XY")
    api.store(*events)
    told = correct(api, events[0], "KA4711XY")
    assert (told["look_alikes"]["total"], told["alias"]) == (1, None)


def test_what_cannot_be_a_plate_is_refused_by_a_sentence(api: Api) -> None:
    event = an_event("KA47I1XY")
    api.store(event)
    address = f"/api/v1/events/{event.event_id}/correction"
    for body, field in (
        ({"plate": "KA47*"}, "plate"),
        ({"plate": "K"}, "plate"),
        ({"plate": "KA4711XY", "country": "ukraine"}, "country"),
        ({"plate": "KA4711XY", "also": ["x"]}, "also.0"),
    ):
        answer = api.client.put(address, json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert api.client.put(f"/api/v1/events/{uuid4()}/correction", json={"plate": "KA4711XY"}).status_code == 404


def test_what_the_reactor_hears_later_changes_the_reading_and_not_the_correction(api: Api) -> None:
    event = an_event("KA47I1XY")
    stored = StoredEvent(event, (), (), "")
    with transaction(api.site.engine) as session:
        save_events(session, [stored])
    correct(api, event, "KA4711XY")
    later = event.model_copy(update={"plate": "KA4T11XY", "reads": 12, "country": "POL"})
    with transaction(api.site.engine) as session:
        save_events(session, [StoredEvent(later, (), (), "KA47I1XY")])
    told = api.client.get(f"/api/v1/events/{event.event_id}").json()
    assert (told["plate"], told["country"], told["reads"]) == ("KA4711XY", "UKR", 12)
    assert (told["correction"]["plate"], told["correction"]["country"]) == ("KA4T11XY", "POL")
    assert counted(api) == {"KA4711XY": 1}
    api.client.delete(f"/api/v1/events/{event.event_id}/correction")
    told = api.client.get(f"/api/v1/events/{event.event_id}").json()
    assert (told["plate"], told["country"]) == ("KA4T11XY", "POL")
    assert counted(api) == {"KA4T11XY": 1}


def test_only_who_may_write_events_corrects_them_and_only_their_cameras(api: Api) -> None:
    mine, other = an_event("KA47I1XY", camera_id=UUID(int=5)), an_event("KA47I1XY", camera_id=UUID(int=6))
    api.store(mine, other)
    key = api.limited_to(UUID(int=5), "events:read", "events:write")
    body: dict[str, object] = {"plate": "KA4711XY"}
    reader = api.as_key("events:read")
    address = f"/api/v1/events/{mine.event_id}/correction"
    assert api.stranger.put(address, json=body, headers=reader).status_code == 403
    theirs = f"/api/v1/events/{other.event_id}"
    for method, path in (("PUT", "/correction"), ("DELETE", "/correction"), ("GET", "/look-alikes")):
        sent = body if method == "PUT" else None
        assert api.stranger.request(method, theirs + path, json=sent, headers=key).status_code == 404
    together = body | {"also": [str(other.event_id)]}
    assert api.stranger.put(address, json=together, headers=key).status_code == 404
    told = api.stranger.put(address, json=body, headers=key)
    assert (told.status_code, told.json()["look_alikes"]["total"]) == (200, 0)
    with transaction(api.site.engine) as session:
        assert session.scalars(select(EventRow.plate).where(EventRow.camera_id == UUID(int=6))).one() == "KA47I1XY"
