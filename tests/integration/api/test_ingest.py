"""Devices push what they read: stored before it is answered, once, and never for another's camera."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.integrations.json_http.deliver import deliver
from services.integrations.json_http.settings import Settings as JsonSettings
from services.reactor.worker import Reactor
from shared import streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import EventRow, PushRow
from shared.media import MediaStore
from tests.integration.api.gateway import JPEG, Api
from tests.integration.api.openapi.served import served
from tests.simulators.sample_delivery import a_delivery, a_picture, some_pictures

Files = dict[str, tuple[str, str | bytes, str]]


def form(text: str, picture: bytes) -> Files:
    return {"event": ("event.json", text, "application/json"), "image": ("a.jpg", picture, "image/jpeg")}


def add_camera(api: Api, name: str = "Barrier north", device: str = "CAM_1", **settings: Any) -> UUID:
    source = {"kind": "push", "device": device}
    made = api.client.post("/api/v1/cameras", json={"name": name, "source": source, "settings": settings})
    assert made.status_code == 201, made.text
    return UUID(made.json()["id"])


def document(plate: str = "AA1234BB", **changes: Any) -> dict[str, Any]:
    written = f"{now():%Y%m%d %H%M%S}000+0000"
    told = {"plateText": plate, "datetime": written, "plateCountry": "UKR", "plateConfidence": "0.9", "carID": "7"}
    return told | {"carState": "new", "sensorProviderID": "CAM_1", "imageType": "frame"} | changes


def push(api: Api, told: dict[str, Any], headers: dict[str, str] | None = None, **query: str) -> Any:
    files: Files = {
        "event": ("event.json", json.dumps(told), "application/json"),
        "image": ("a.jpg", JPEG, "image/jpeg"),
    }
    client = api.stranger if headers else api.client
    return client.post("/api/v1/ingest/json", files=files, params=query, headers=headers)


def react(api: Api) -> None:
    reactor = Reactor(api.site.engine, api.site.events, MediaStore(api.site.settings.media_dir))
    reactor.refresh()
    reactor.take_pushes(range(streams.SHARDS))


def events(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.client.get("/api/v1/events").json()["events"]
    return found


def test_a_push_becomes_an_event_with_its_pictures(api: Api) -> None:
    camera = add_camera(api)
    answer = push(api, document(plateCoordinates=[10, 20, 100, 30]))
    assert (answer.status_code, answer.json()) == (200, {"stored": 1})
    react(api)
    event = events(api)[0]
    assert (event["plate"], event["country"], event["camera_id"]) == ("AA1234BB", "UKR", str(camera))
    assert api.client.get(event["frame_url"]).content == JPEG
    assert api.client.get(event["crop_url"]).status_code == 200
    assert event["box"] == [10, 20, 100, 30]


def test_a_repetition_is_answered_alike_and_stored_once(api: Api) -> None:
    add_camera(api)
    told = document()
    assert [push(api, told).json()["stored"] for _ in range(3)] == [1, 0, 0]


def test_a_bare_time_is_the_cameras_wall_clock(api: Api) -> None:
    add_camera(api, zone="Europe/Kyiv")
    push(api, document(datetime="20260115 120000000"))
    react(api)
    with transaction(api.site.engine) as session:
        assert session.scalars(select(EventRow.captured_at)).one().isoformat() == "2026-01-15T10:00:00+00:00"


def test_the_camera_is_found_by_its_device_by_its_name_or_because_it_is_the_only_one(api: Api) -> None:
    north = add_camera(api)
    nameless = {name: value for name, value in document().items() if name != "sensorProviderID"}
    assert push(api, nameless).json() == {"stored": 1}
    south = add_camera(api, "Barrier south", "CAM_2")
    assert push(api, nameless).status_code == 404
    assert push(api, document(sensorProviderID="cam_2")).json() == {"stored": 1}
    assert push(api, nameless | {"carID": "8"}, camera="Barrier south").json() == {"stored": 1}
    assert push(api, nameless | {"carID": "9"}, camera=str(north)).json() == {"stored": 1}
    unknown = push(api, document(sensorProviderID="CAM_9"))
    assert unknown.status_code == 404
    assert "CAM_9" in unknown.json()["detail"]
    with transaction(api.site.engine) as session:
        rows = session.scalars(select(PushRow.camera_id).order_by(PushRow.id)).all()
    assert rows == [north, south, south, north]


def test_only_a_key_that_may_push_pushes_and_only_to_its_cameras(api: Api) -> None:
    north, _south = add_camera(api), add_camera(api, "Barrier south", "CAM_2")
    made = {"name": "device", "scopes": ["events:push"], "cameras": [str(north)]}
    key = api.client.post("/api/v1/api-keys", json=made).json()["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    basic = {"Authorization": "Basic " + base64.b64encode(f"camera:{key}".encode()).decode()}
    assert push(api, document(), bearer).json() == {"stored": 1}
    assert push(api, document(carID="8"), basic).json() == {"stored": 1}
    assert push(api, document(sensorProviderID="CAM_2"), bearer).status_code == 404
    assert push(api, document(), api.as_key("events:read")).status_code == 403
    assert push(api, document(), {"Authorization": "Basic ####"}).status_code == 401


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ({"event": ("event.json", b"{", "application/json")}, "event"),
        ({"event": ("event.json", json.dumps(document("A" * 17)), "application/json")}, "plate"),
        ({"event": ("event.json", json.dumps(document("<script>")), "application/json")}, "plate"),
        ({"event": ("event.json", json.dumps(document(datetime="never")), "application/json")}, "datetime"),
    ],
)
def test_what_will_never_be_taken_is_refused_in_one_sentence(api: Api, files: Files, field: str) -> None:
    add_camera(api)
    answer = api.client.post("/api/v1/ingest/json", files=files)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_picture_that_is_none_is_refused_and_nothing_of_it_is_stored(api: Api) -> None:
    add_camera(api)
    files: Files = {
        "event": ("e.json", json.dumps(document()), "application/json"),
        "image": ("a.jpg", b"no", "image/jpeg"),
    }
    assert api.client.post("/api/v1/ingest/json", files=files).status_code == 422
    with transaction(api.site.engine) as session:
        assert session.scalars(select(PushRow.id)).all() == []


def test_a_camera_says_when_its_device_was_last_heard_of(api: Api) -> None:
    camera = add_camera(api)
    assert api.client.get(f"/api/v1/cameras/{camera}").json()["status"]["state"] == "waiting"
    alive = api.client.post("/api/v1/ingest/json", json={"sensorProviderID": "CAM_1"})
    assert alive.json() == {"stored": 0}
    status = api.client.get(f"/api/v1/cameras/{camera}").json()["status"]
    assert status["state"] == "running"
    assert status["last_frame_at"] is not None


@pytest.fixture
def address(api: Api) -> Iterator[str]:
    with served(api.site.settings) as found:
        yield found


@pytest.mark.parametrize("body", ["multipart", "json_with_pictures", "json_only"])
@pytest.mark.parametrize("profile", ["example", "table"])
@pytest.mark.parametrize("picture", ["crop", "full"])
def test_what_the_json_integration_sends_is_taken(
    api: Api, address: str, body: str, profile: str, picture: str
) -> None:
    add_camera(api, device="GATE_7")
    how = {"url": f"{address}/api/v1/ingest/json", "auth": "bearer", "token": api.key, "camera_id": "GATE_7"}
    settings = JsonSettings.model_validate({**how, "body": body, "profile": profile, "picture": picture})
    sent = a_delivery()
    deliver(sent, some_pictures(frame=a_picture(1280, 720), crop=a_picture(216, 48, ".png")), settings)
    react(api)
    event = events(api)[0]
    assert event["plate"] == sent.event.plate
    told = (event["country"], event["direction"], event["car_id"], event["captured_at"])
    wanted = sent.event
    assert told[:3] == (wanted.country, wanted.direction, wanted.car_id)
    assert datetime.fromisoformat(told[3]) == wanted.captured_at
    assert (bool(event["frame_url"]), bool(event["crop_url"])) == {
        "json_only": (False, False),
    }.get(body, (picture == "full", True))
