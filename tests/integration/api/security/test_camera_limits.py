"""Who is limited to camera A learns nothing of camera B: not its events, pictures, deliveries, or that it exists."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from shared.clock import now
from shared.media import MediaStore
from shared.messages import DeliveryState, Event
from tests.integration.api.gateway import JPEG, Api, add_camera, an_event


@dataclass(frozen=True)
class Two:
    """Two cameras with an event, a picture and a delivery each; `client` is limited to the first."""

    client: TestClient
    headers: dict[str, str]
    camera: str
    event: Event
    delivery: UUID
    other_camera: str
    other_event: Event
    other_delivery: UUID


def with_picture(api: Api, camera: dict[str, object], plate: str) -> Event:
    key = MediaStore(api.site.settings.media_dir).put(JPEG, plate, now())
    event = an_event(plate, camera_id=UUID(str(camera["id"])), camera_name=str(camera["name"]), frame_key=key)
    api.store(event)
    return event


@pytest.fixture(params=["key", "operator"])
def two(api: Api, request: pytest.FixtureRequest) -> Two:
    mine, other = add_camera(api, "Mine", kind="upload"), add_camera(api, "Other", kind="upload")
    events = with_picture(api, mine, "AA1111AA"), with_picture(api, other, "BB2222BB")
    destination = api.destination()
    deliveries = [api.deliver(event, destination, DeliveryState.DEAD) for event in events]
    if request.param == "key":
        asked = {"name": "mine", "scopes": ["*"], "cameras": [mine["id"]]}
        key = api.client.post("/api/v1/api-keys", json=asked).json()["key"]
        client, headers = api.stranger, {"Authorization": f"Bearer {key}"}
    else:
        person = {"name": "olena", "role": "operator", "password": "correct horse battery", "cameras": [mine["id"]]}
        assert api.client.post("/api/v1/users", json=person).status_code == 201
        client, headers = api.sign_in("olena"), {"X-Platewire": "1"}
    ids = str(mine["id"]), str(other["id"])
    return Two(client, headers, ids[0], events[0], deliveries[0], ids[1], events[1], deliveries[1])


def test_lists_hold_only_what_is_mine(two: Two) -> None:
    for address, name in (("/api/v1/events", "events"), ("/api/v1/cameras", "cameras")):
        rows = two.client.get(address, headers=two.headers).json()[name]
        assert [row.get("camera_id", row.get("id")) for row in rows] == [two.camera], address
    told = two.client.get("/api/v1/deliveries", headers=two.headers).json()["deliveries"]
    assert [row["id"] for row in told] == [str(two.delivery)]


def test_no_filter_leads_to_another_camera(two: Two) -> None:
    for query in (
        {"camera": two.other_camera},
        {"plate": "BB2222"},
        {"plate": "B?2222"},
        {"list": "none", "plate": "BB"},
    ):
        assert two.client.get("/api/v1/events", params=query, headers=two.headers).json()["events"] == [], query
    asked = {"event": str(two.other_event.event_id)}
    assert two.client.get("/api/v1/deliveries", params=asked, headers=two.headers).json()["deliveries"] == []


def test_one_by_one_mine_is_there_and_the_other_is_not(two: Two) -> None:
    def status(method: str, address: str, **more: object) -> int:
        answer = two.client.request(method, f"/api/v1{address}", headers=two.headers, **more)  # type: ignore[arg-type]
        return answer.status_code

    for event, expected in ((two.event, 200), (two.other_event, 404)):
        assert status("GET", f"/events/{event.event_id}") == expected
        assert status("GET", f"/events/{event.event_id}/frame.jpg") == expected
    for camera, delivery, found in ((two.other_camera, two.other_delivery, False), (two.camera, two.delivery, True)):
        assert status("GET", f"/cameras/{camera}") == (200 if found else 404)
        assert status("POST", f"/cameras/{camera}/pictures", content=JPEG) == (202 if found else 404)
        assert status("POST", f"/deliveries/{delivery}/resend") == (200 if found else 404)


def test_the_other_camera_is_told_of_as_one_that_does_not_exist(two: Two) -> None:
    there = two.client.get(f"/api/v1/cameras/{two.other_camera}", headers=two.headers).json()
    unknown = "00000000-0000-0000-0000-00000000000a"
    nowhere = two.client.get(f"/api/v1/cameras/{unknown}", headers=two.headers).json()
    assert there["detail"].replace(two.other_camera, unknown) == nowhere["detail"]


def test_a_key_changes_and_deletes_only_its_own_cameras(api: Api) -> None:
    mine, other = add_camera(api, "Mine"), add_camera(api, "Other")
    asked = {"name": "mine", "scopes": ["cameras:write", "cameras:read"], "cameras": [mine["id"]]}
    headers = {"Authorization": f"Bearer {api.client.post('/api/v1/api-keys', json=asked).json()['key']}"}
    for method, body in (("PATCH", {"enabled": False}), ("DELETE", None)):
        for camera, expected in ((other, {404}), (mine, {200, 204})):
            address = f"/api/v1/cameras/{camera['id']}"
            assert api.stranger.request(method, address, json=body, headers=headers).status_code in expected
    left = api.client.get("/api/v1/cameras").json()["cameras"]
    assert [(camera["name"], camera["enabled"]) for camera in left] == [("Other", True)]


def test_a_limit_holds_from_the_next_request_on(api: Api) -> None:
    mine, other = add_camera(api, "Mine"), add_camera(api, "Other")
    person = {"name": "olena", "role": "viewer", "password": "correct horse battery"}
    user = api.client.post("/api/v1/users", json=person).json()
    client = api.sign_in("olena")
    key = {"Authorization": f"Bearer {api.key}"}
    assert len(client.get("/api/v1/cameras").json()["cameras"]) == 2
    for limit, seen in ([mine], ["Mine"]), ([], []), ([other, mine], ["Mine", "Other"]):
        body = {"cameras": [camera["id"] for camera in limit]}
        assert client.patch(f"/api/v1/users/{user['id']}", json=body, headers=key).status_code == 200
        assert [camera["name"] for camera in client.get("/api/v1/cameras").json()["cameras"]] == seen
    client.patch(f"/api/v1/users/{user['id']}", json={"cameras": None}, headers=key)
    assert client.get("/api/v1/session").json()["cameras"] is None


def test_a_preview_counts_and_shows_only_what_is_mine(two: Two) -> None:
    for event, found in ((two.event, 1), (two.other_event, 0)):
        asked = {"plate": event.plate, "match": "one_off"}
        answer = two.client.post("/api/v1/lists/white/preview", json=asked, headers=two.headers)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (len(told["plates"]), len(told["events"]), sum(told["counts"].values())) == (found, found, found)


def test_a_decision_is_told_of_mine_and_a_rule_is_tried_on_no_events_of_others(two: Two) -> None:
    for event, expected in ((two.event, 200), (two.other_event, 404)):
        address = f"/api/v1/events/{event.event_id}/decision"
        assert two.client.get(address, headers=two.headers).status_code == expected
    asked = {"rule": {}, "from": "2026-01-01T00:00:00Z", "to": "2026-01-08T00:00:00Z"}
    answer = two.client.post("/api/v1/reactions/dry-run", json=asked, headers=two.headers)
    assert (answer.status_code, "limited" in answer.json()["detail"]) == (403, True)


def test_the_webapi_finds_counts_and_exports_only_what_is_mine(two: Two) -> None:
    way = {"headers": two.headers} if "Authorization" in two.headers else {"auth": ("olena", "correct horse battery")}

    def ask(command: str, **parameters: str) -> Any:
        return two.client.get(f"/webapi/{command}", params=parameters, **way)

    for asked in ({}, {"sort": "oldest"}, {"limit": "1"}, {"offset": "0"}):
        found = ask("search", **asked).json()
        assert (found["total"], [event["eventID"] for event in found["events"]]) == (1, [str(two.event.event_id)])
    assert ask("search", offset="5").json()["total"] == 1
    for asked in ({"camera": two.other_camera}, {"camera": "Other"}, {"text": two.other_event.plate}):
        assert ask("search", **asked).json()["total"] == 0
    ask("search")
    for form in ("csv", "json"):
        exported = ask("export", format=form).text
        assert (two.event.plate in exported, two.other_event.plate in exported) == (True, False)
    with zipfile.ZipFile(io.BytesIO(ask("export", format="zip").content)) as archive:
        assert sorted(archive.namelist()) == ["events.csv", f"pictures/{two.event.event_id}_frame.jpg"]
    assert ask("settings").status_code == 403
    answer = two.client.post("/webapi/settings", json={"site": {"timezone": "UTC"}}, **way)
    assert answer.status_code == 403
