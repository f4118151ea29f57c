"""The bytes that a JSON receiver gets, held against the integration guide's example."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.integrations.json_http.message import Body, build, sent_picture
from services.integrations.json_http.settings import Settings
from shared.messages import Delivery, EventState, Moment
from shared.web_receiver import signature
from tests.simulators.sample_delivery import WHEN, a_camera, a_delivery, a_picture

# The guide's own example; `datetimezone` is the table's, and the picture's size and place are those of our picture.
GOLDEN = (
    '{"packetCounter": "25523", "datetime": "20181212 163419000", '
    r'"plateText": "\u0031\u0039\u005a\u0046\u005a\u004c", "plateCountry": "NLD", "plateConfidence": "0.719640", '
    '"carState": "new", "geotag": {"lat": 50.418114, "lon": 30.476213}, "imageType": "plate", '
    '"plateImageType": "png", "plateImageSize": "%d", "carMoveDirection": "in", "timeProcessing": "411", '
    '"timeDetection": "20181212 163419000", "plateCoordinates": [0, 0, 216, 48], "carID": "72006", "GEOtarget": "", '
    '"datettimezone": "2018-12-12T16:34:19+0200", "datetimezone": "20181212 163419000+0200", '
    '"carVerticalDirection": "up", "recognitionZone": "1", "imagesURI": ["http://site/frame.jpg"], '
    r'"plateASCII": "19ZFZL", "plateUnicode": "\u0031\u0039\u005a\u0046\u005a\u004c", '
    '"sensorProviderID": "CAM_00166CC39D44"}'
)
URIS = ["http://site/frame.jpg"]


def the_settings(**changes: Any) -> Settings:
    return Settings.model_validate({"url": "http://127.0.0.1/", "lat": 50.418114, "lon": 30.476213} | changes)


def body_of(delivery: Delivery, stored: bytes | None, settings: Settings) -> Body:
    return build(delivery, sent_picture(delivery, stored, settings), URIS, settings)


def document_of(delivery: Delivery, stored: bytes | None = None, **settings: Any) -> dict[str, Any]:
    body = body_of(delivery, stored, the_settings(body="json_with_pictures", **settings))
    document: dict[str, Any] = json.loads(body.content)
    return document


def test_the_multipart_body_is_the_guides_example_byte_for_byte() -> None:
    crop = a_picture(216, 48, ".png")

    body = body_of(a_delivery(), crop, the_settings())

    boundary = b"platewire-9a0f3c1e00004000800000000000000a"
    head = b'\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n'
    event = b"--" + boundary + head % (b"event", b"event.json", b"application/json")
    image = b"--" + boundary + head % (b"image", b"20181212163419_000lp_19ZFZL_25523.png", b"image/png")
    golden = (GOLDEN % len(crop)).encode()
    assert body.content == event + golden + b"\r\n" + image + crop + b"\r\n--" + boundary + b"--\r\n"
    assert body.content_type == "multipart/form-data; boundary=" + boundary.decode()


def test_a_retry_of_the_same_delivery_has_the_same_bytes() -> None:
    crop, again = a_picture(216, 48), a_delivery().model_copy(update={"attempt": 7})

    assert body_of(a_delivery(), crop, the_settings()) == body_of(again, crop, the_settings())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_every_character_of_a_plate_is_escaped_and_reads_back_as_it_was(plate: str) -> None:
    raw = body_of(a_delivery(plate=plate), None, the_settings(body="json_only")).content

    document = json.loads(raw)
    assert document["plateText"] == document["plateUnicode"] == plate
    written = re.search(rb'"plateText": "((?:\\u[0-9a-f]{4})*)", "plateCountry"', raw)
    assert written is not None
    assert len(written[1]) == 6 * len(plate.encode("utf-16-be")) // 2


@given(st.text(max_size=12))
def test_the_ascii_plate_has_letters_and_digits_only(plate: str) -> None:
    assert re.fullmatch(r"[A-Z0-9]*", document_of(a_delivery(plate=plate))["plateASCII"])


def test_a_cyrillic_plate_is_transliterated_as_people_read_it() -> None:
    document = document_of(a_delivery(plate="АЕ1234НЖ"))

    assert document["plateASCII"] == "AE1234HZH"
    assert document["plateText"] == "АЕ1234НЖ"


def test_the_table_profile_sends_numbers_and_times_in_utc() -> None:
    document = document_of(a_delivery(), a_picture(216, 48), profile="table")

    numbers = ("packetCounter", "timeProcessing", "carID", "recognitionZone")
    assert [document[name] for name in numbers] == [25523, 411, 72006, 1]
    assert isinstance(document["plateImageSize"], int)
    assert document["datetime"] == document["timeDetection"] == "20181212 143419000"
    assert document["datettimezone"] == "2018-12-12T14:34:19+0000"
    assert document["plateConfidence"] == "0.719640"


def test_times_can_be_sent_in_utc_and_keep_their_milliseconds() -> None:
    read_at = WHEN + timedelta(seconds=1, microseconds=987_654)
    delivery = a_delivery(read_at=read_at, last_seen=read_at)

    document = document_of(delivery, times="utc")

    assert (document["datetime"], document["timeDetection"]) == ("20181212 143419000", "20181212 143420987")
    assert document["datetimezone"] == "20181212 143419000+0000"
    assert isinstance(document["carID"], str)


def test_a_full_frame_goes_out_as_it_is_with_the_box_on_the_frame() -> None:
    frame = a_picture(1280, 720)

    document = document_of(a_delivery(), frame, picture="full")

    assert (document["imageType"], document["plateImageType"]) == ("frame", "jpeg")
    assert document["plateCoordinates"] == [480, 270, 216, 30]
    assert document["plateImageSize"] == str(len(frame))
    assert document["ImageArray"] == [
        {"ImageType": "frame", "ImageFormat": "jpeg", "BinaryImage": base64.b64encode(frame).decode()}
    ]


@pytest.mark.parametrize(("form", "magic"), [("png", b"\x89PNG"), ("jpeg", b"\xff\xd8\xff")])
@pytest.mark.parametrize("stored", [".jpg", ".png"])
def test_a_crop_is_sent_in_the_format_that_the_receiver_wants(form: str, magic: bytes, stored: str) -> None:
    settings = the_settings(crop_format=form)

    picture = sent_picture(a_delivery(), a_picture(120, 48, stored), settings)

    assert picture is not None
    assert picture.data.startswith(magic)
    pixels = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (48, 120, 3)
    body = build(a_delivery(), picture, URIS, settings)
    assert f"Content-Type: image/{form}\r\n".encode() in body.content
    assert f'"plateImageType": "{form}"'.encode() in body.content


@pytest.mark.parametrize("stored", [None, b"", b"not a picture"])
def test_without_a_usable_picture_the_document_goes_out_alone(stored: bytes | None) -> None:
    body = body_of(a_delivery(), stored, the_settings())

    assert body.content.count(b"Content-Disposition") == 1
    assert b'"plateImageSize": "0"' in body.content
    assert b'"plateCoordinates": [480, 270, 216, 30]' in body.content


def test_json_only_has_no_picture_even_if_there_is_one() -> None:
    body = body_of(a_delivery(), a_picture(10, 10), the_settings(body="json_only"))

    assert body.content_type == "application/json"
    assert "ImageArray" not in json.loads(body.content)


def test_part_names_are_settings() -> None:
    body = body_of(a_delivery(), a_picture(9, 9), the_settings(event_part="json", image_part="files[]"))

    assert b'name="json"; filename="event.json"' in body.content
    assert b'name="files[]"; filename=' in body.content


def test_an_unset_geotag_is_left_out() -> None:
    assert "geotag" not in document_of(a_delivery(), lat=None)
    assert document_of(a_delivery(), lat=0.0, lon=0.0)["geotag"] == {"lat": 0.0, "lon": 0.0}


def test_the_camera_id_is_the_destinations_else_the_cameras_else_made_of_its_id() -> None:
    nameless = a_delivery(camera=a_camera(sensor_id=""))

    assert document_of(nameless)["sensorProviderID"] == "CAM_00166CC39D44"
    assert document_of(a_delivery(camera=a_camera(sensor_id="North")))["sensorProviderID"] == "North"
    assert document_of(a_delivery(), camera_id="Terminal_1")["sensorProviderID"] == "Terminal_1"


@pytest.mark.parametrize(
    ("moment", "state", "word"),
    [
        (Moment.DETECT, EventState.RELIABLE, "new"),
        (Moment.DETECT, EventState.UPDATE, "update"),
        (Moment.DETECT, EventState.LOST, "new"),
        (Moment.LOST, EventState.LOST, "lost"),
    ],
)
def test_the_cars_state_follows_the_moment_that_is_told(moment: Moment, state: EventState, word: str) -> None:
    assert document_of(a_delivery(moment=moment, state=state))["carState"] == word


def test_an_unknown_country_is_xx() -> None:
    assert document_of(a_delivery(country=""))["plateCountry"] == "XX"


def test_the_signature_is_that_of_standard_webhooks() -> None:
    key = bytes(range(32))
    settings = the_settings(signing_secret="whsec_" + base64.b64encode(key).decode())

    signed = signature(settings, "msg_1", "1614265330", b'{"test": 2432232314}')

    mac = hmac.new(key, b'msg_1.1614265330.{"test": 2432232314}', hashlib.sha256)
    assert signed == "v1," + base64.b64encode(mac.digest()).decode()
