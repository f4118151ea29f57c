"""Events of a site go into the inbox of their camera, with their pictures, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select

from shared.db.session import transaction
from shared.db.tables import PushRow
from shared.media import MediaStore
from shared.pushes import Push
from tests.integration.api.gateway import JPEG, Api
from tests.integration.api.meta.head_office import Member, a_member, a_source, cameras
from tests.simulators.sample_delivery import a_picture

CROP = a_picture(120, 30)
EVENT = {
    "plateASCII": "NV0001E",
    "plateUnicode": "NV0001E",
    "plateCountry": "NLD",
    "plateConfidence": "0.719640",
    "carState": "new",
    "carID": "7",
    "datetime": "20260314 120000250",
    "timeDetection": "20260314 120001000",
    "imageType": "frame",
    "plateCoordinates": [40, 60, 120, 30],
    "carMoveDirection": "in",
    "recognitionZone": "2",
    "sensorProviderID": "CAM_1",
}


def send(
    member: Member, identity: str = "delivery-1", *, pictures: tuple[bytes, ...] = (JPEG, CROP), **more: Any
) -> Response:
    document = json.dumps(EVENT | more).encode()
    files: list[tuple[str, tuple[str, bytes, str]]] = [("event", ("event.json", document, "application/json"))]
    for name, data in zip(("image", "plate"), pictures, strict=False):
        files.append((name, (f"{name}.jpg", data, "image/jpeg")))
    return member.ask("POST", "events", files=files, headers={"webhook-id": identity})


def inbox(api: Api) -> list[tuple[str, Push]]:
    """Name of the camera and what was pushed, in the order of arrival."""
    names = {one["id"]: name for name, one in cameras(api).items()}
    with transaction(api.site.engine) as session:
        rows = session.scalars(select(PushRow).order_by(PushRow.id)).all()
    return [(names[str(row.camera_id)], Push.model_validate(row.push)) for row in rows]


@pytest.fixture(name="north")
def _north(api: Api) -> Member:
    member = a_member(api)
    assert member.register(a_source()).status_code == 200
    return member


def test_an_event_is_in_the_inbox_with_both_pictures(api: Api, north: Member) -> None:
    assert send(north).json() == {"stored": True}
    ((camera, push),) = inbox(api)
    assert (camera, push.plate, push.country, push.car, push.zone) == ("North / Gate", "NV0001E", "NLD", "7", 2)
    # Times without an offset are UTC, whatever zone the camera has here.
    assert (push.captured_at, push.read_at) == (
        datetime(2026, 3, 14, 12, 0, 0, 250_000, tzinfo=UTC),
        datetime(2026, 3, 14, 12, 0, 1, tzinfo=UTC),
    )
    media = MediaStore(api.site.settings.media_dir)
    assert (media.get(push.frame_key), media.get(push.crop_key)) == (JPEG, CROP)
    assert push.box.as_list() == [40, 60, 120, 30]


def test_a_moment_keeps_its_milliseconds(api: Api, north: Member) -> None:
    send(north, datetimezone="20260314 130000750+0100", datettimezone="2026-03-14T13:00:00+0100")
    ((_, push),) = inbox(api)
    assert push.captured_at == datetime(2026, 3, 14, 12, 0, 0, 750_000, tzinfo=UTC)


def test_a_repetition_is_answered_and_not_stored_again(api: Api, north: Member) -> None:
    assert [send(north, name).json()["stored"] for name in ("a", "a", "b")] == [True, False, True]
    assert len(inbox(api)) == 2


def test_an_event_belongs_to_the_camera_of_its_own_site(api: Api, north: Member) -> None:
    south = a_member(api, "South")
    assert (send(south).status_code, send(south).json()["error"]) == (409, "not_registered")
    south.register(a_source())
    assert [send(one).json()["stored"] for one in (south, north)] == [True, True]
    assert [camera for camera, _ in inbox(api)] == ["South / Gate", "North / Gate"]


def test_an_event_of_a_camera_that_is_not_named_any_more_is_taken(api: Api, north: Member) -> None:
    north.register()
    assert send(north).status_code == 200


def test_an_event_is_a_contact(api: Api, north: Member) -> None:
    before = north.shown()["last_contact_at"]
    send(north)
    assert north.shown()["last_contact_at"] > before


def test_what_is_wrong_is_said_and_nothing_is_stored(api: Api, north: Member) -> None:
    changed: tuple[tuple[dict[str, Any], int], ...] = (
        ({"plateASCII": None, "plateUnicode": None}, 422),
        ({"plateASCII": "??", "plateUnicode": "??"}, 422),
        ({"sensorProviderID": ""}, 422),
        ({"sensorProviderID": "CAM_2"}, 409),
        ({"datetime": "yesterday"}, 422),
    )
    answers = [(send(north, pictures=(), **changes), status) for changes, status in changed]
    answers += [(send(north, pictures=(broken,)), 422) for broken in (b"no picture", JPEG[:200])]
    for answer, status in answers:
        assert (answer.status_code, bool(answer.json()["detail"])) == (status, True), answer.text
    assert inbox(api) == []


def test_without_an_identity_or_a_document_nothing_is_taken(api: Api, north: Member) -> None:
    assert send(north, "").status_code == 422
    for content in (b"", b"[]", b"plain"):
        answer = north.ask("POST", "events", content=content, headers={"webhook-id": "a"})
        assert answer.status_code == 422, content
    assert inbox(api) == []
