"""What is said to a Meta server, down to the bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from services.integrations.numberok_meta.message import Health, Source, event, heartbeat, registration
from services.integrations.numberok_meta.profile import read_profile
from shared.messages import Moment
from shared.status import CameraState, CameraStatus
from simulators.json_receiver import Part, split_parts
from tests.simulators.sample_delivery import a_delivery, a_picture

NAMES = read_profile()
FRAME, CROP = a_picture(1280, 720), a_picture(216, 48, ".png")


def parts(frame: bytes | None, crop: bytes | None) -> dict[str, Part]:
    body = event(a_delivery(), frame, crop, NAMES)
    return {part.name: part for part in split_parts(body.content_type, body.content)}


def test_a_registration_names_every_camera() -> None:
    gate = Source("CAM_00166CC39D44", "Gate", "in", ("1", "2"))
    assert registration([gate], NAMES) == {
        "protocol": 1,
        "software": "Platewire",
        "sources": [{"id": "CAM_00166CC39D44", "name": "Gate", "direction": "in", "zones": ["1", "2"]}],
    }


def test_a_heartbeat_tells_the_queue_and_each_camera() -> None:
    seen = datetime(2026, 3, 14, 12, tzinfo=UTC)
    status = CameraStatus(state=CameraState.WAITING, message="The password is refused", last_frame_at=seen)
    assert heartbeat(Health(3, 61.27, [("CAM_1", status)]), seen, NAMES) == {
        "sent_at": "2026-03-14T12:00:00+00:00",
        "waiting": 3,
        "oldest_seconds": 61.3,
        "sources": [
            {
                "id": "CAM_1",
                "state": "waiting",
                "message": "The password is refused",
                "last_frame_at": "2026-03-14T12:00:00+00:00",
            }
        ],
    }


def test_an_event_has_both_pictures_as_they_are_stored() -> None:
    found = parts(FRAME, CROP)
    assert {name: (part.content_type, part.data) for name, part in found.items() if name != "event"} == {
        "image": ("image/jpeg", FRAME),
        "plate": ("image/png", CROP),
    }
    assert found["image"].filename == "20181212143419_000lp_19ZFZL_25523.jpg"
    document = json.loads(found["event"].data)
    assert (document["sensorProviderID"], document["plateASCII"]) == ("CAM_00166CC39D44", "19ZFZL")
    assert (document["imageType"], document["plateCoordinates"]) == ("frame", [480, 270, 216, 30])
    assert document["datetimezone"] == "20181212 143419000+0000"


def test_coordinates_are_on_the_picture_that_is_sent() -> None:
    document = json.loads(parts(None, CROP)["event"].data)
    assert (document["imageType"], document["plateCoordinates"]) == ("plate", [0, 0, 216, 48])


def test_a_picture_that_broke_on_the_disk_is_left_out() -> None:
    assert set(parts(b"\xff\xd8\xff broken", CROP)) == {"event", "plate"}
    assert set(parts(None, None)) == {"event"}


def test_a_retry_sends_the_same_bytes() -> None:
    again = a_delivery().model_copy(update={"attempt": 7})
    assert event(a_delivery(), FRAME, CROP, NAMES) == event(again, FRAME, CROP, NAMES)


def test_a_vehicle_that_left_is_told_as_lost() -> None:
    body = event(a_delivery(moment=Moment.LOST), None, None, NAMES)
    assert json.loads(split_parts(body.content_type, body.content)[0].data)["carState"] == "lost"


def test_another_makers_names_are_used_throughout() -> None:
    other = read_profile('[event]\ndocument = "json"\nframe = "photo"\n[source]\nid = "serial"')
    body = event(a_delivery(), FRAME, CROP, other)
    assert [part.name for part in split_parts(body.content_type, body.content)] == ["json", "photo", "plate"]
    assert registration([Source("X", "Gate", "in", ())], other)["sources"] == [
        {"serial": "X", "name": "Gate", "direction": "in", "zones": []}
    ]
