"""Notes and tags that people leave at events."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Audit
from tests.integration.api.gateway import Api, an_event


def test_an_event_shows_its_notes_with_who_wrote_them(api: Api) -> None:
    event = an_event()
    api.store(event)
    address = f"/api/v1/events/{event.event_id}"
    first = api.client.post(f"{address}/notes", json={"text": " The driver\nasked for the boss "}).json()
    api.client.post(f"{address}/notes", json={"text": "Second"})
    notes = api.client.get(address).json()["notes"]
    assert [(note["text"], note["actor"]) for note in notes] == [
        ("The driver\nasked for the boss", "key:everything"),
        ("Second", "key:everything"),
    ]
    assert api.client.delete(f"{address}/notes/{first['id']}").status_code == 204
    assert api.client.delete(f"{address}/notes/{first['id']}").status_code == 404
    assert [note["text"] for note in api.client.get(address).json()["notes"]] == ["Second"]
    for wrong in ("", "   ", "x" * 2001):
        assert api.client.post(f"{address}/notes", json={"text": wrong}).status_code == 422
    with transaction(api.site.engine) as session:
        rows = session.execute(select(Audit.action, Audit.subject).where(Audit.action.startswith("event.note"))).all()
    assert [row.action for row in rows] == ["event.note.add", "event.note.add", "event.note.delete"]
    assert {row.subject for row in rows} == {str(event.event_id)}


def test_a_note_sent_again_is_one_note(api: Api) -> None:
    event = an_event()
    api.store(event)
    address, once = f"/api/v1/events/{event.event_id}/notes", {"Idempotency-Key": "note-1"}
    ids = {api.client.post(address, json={"text": "Once"}, headers=once).json()["id"] for _ in range(2)}
    assert len(ids) == 1


def test_events_are_tagged_found_by_tag_and_tags_are_counted(api: Api) -> None:
    moment = now() - timedelta(hours=1)
    events = [an_event(f"KA471{number}XY", moment + timedelta(minutes=number)) for number in range(3)]
    api.store(*events)
    first, second = (f"/api/v1/events/{event.event_id}" for event in events[:2])
    assert api.client.put(f"{first}/tags/VIP").json() == {"tags": ["vip"]}
    assert api.client.put(f"{first}/tags/keep").json() == {"tags": ["keep", "vip"]}
    assert api.client.put(f"{first}/tags/keep").json() == {"tags": ["keep", "vip"]}
    api.client.put(f"{second}/tags/vip")
    assert [(tag["tag"], tag["events"]) for tag in api.client.get("/api/v1/tags").json()["tags"]] == [
        ("vip", 2),
        ("keep", 1),
    ]
    rows = api.client.get("/api/v1/events?tag=ViP").json()["events"]
    assert [(row["plate"], row["tags"]) for row in rows] == [("KA4711XY", ["vip"]), ("KA4710XY", ["keep", "vip"])]
    assert api.client.get(first).json()["tags"] == ["keep", "vip"]
    assert api.client.delete(f"{first}/tags/vip").json() == {"tags": ["keep"]}
    assert api.client.delete(f"{first}/tags/vip").json() == {"tags": ["keep"]}
    assert api.client.get("/api/v1/events?tag=nothing").json()["events"] == []
    for wrong in ("two words", "-x", "x" * 33, "a.b"):
        answer = api.client.put(f"{first}/tags/{wrong}")
        assert (answer.status_code, answer.json()["field"]) == (422, "tag"), wrong
    with transaction(api.site.engine) as session:
        actions = session.scalars(select(Audit.action).where(Audit.action.startswith("event.tag"))).all()
    assert sorted(actions) == ["event.tag.add"] * 3 + ["event.tag.delete"]


def test_an_event_holds_only_so_many_tags(api: Api) -> None:
    event = an_event()
    api.store(event)
    address = f"/api/v1/events/{event.event_id}/tags"
    statuses = [api.client.put(f"{address}/t{number}").status_code for number in range(21)]
    assert statuses == [200] * 20 + [409]
    assert len(api.client.get("/api/v1/tags").json()["tags"]) == 20


def test_who_is_limited_to_a_camera_marks_and_counts_only_its_events(api: Api) -> None:
    mine, other = an_event(camera_id=UUID(int=5)), an_event(camera_id=UUID(int=6))
    api.store(mine, other)
    for event in (mine, other):
        api.client.put(f"/api/v1/events/{event.event_id}/tags/vip")
    note = api.client.post(f"/api/v1/events/{other.event_id}/notes", json={"text": "Secret"}).json()["id"]
    key = api.limited_to(UUID(int=5), "events:read", "events:write")
    assert [tag["events"] for tag in api.stranger.get("/api/v1/tags", headers=key).json()["tags"]] == [1]
    found = api.stranger.get("/api/v1/events?tag=vip", headers=key).json()["events"]
    assert [row["event_id"] for row in found] == [str(mine.event_id)]
    theirs = f"/api/v1/events/{other.event_id}"
    for method, path, body in (
        ("POST", "/notes", {"text": "x"}),
        ("DELETE", f"/notes/{note}", None),
        ("PUT", "/tags/x", None),
        ("DELETE", "/tags/vip", None),
    ):
        assert api.stranger.request(method, theirs + path, json=body, headers=key).status_code == 404, path
    assert api.stranger.delete(f"/api/v1/events/{mine.event_id}/notes/{note}", headers=key).status_code == 404
    reader = api.as_key("events:read")
    assert api.stranger.put(f"{theirs}/tags/x", headers=reader).status_code == 403
