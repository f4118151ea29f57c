"""The document of the integration guide in all the spellings in which cameras send it."""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.ingest.forms.json import moment, parse
from services.api.ingest.said import Arrived, File, Said
from shared.errors import Invalid
from shared.geometry import Box
from shared.messages import Direction, VerticalDirection

GUIDE = {
    "packetCounter": "25523",
    "datetime": "20181212 163419000",
    "plateText": "19ZFZL",
    "plateCountry": "NLD",
    "plateConfidence": "0.719640",
    "carState": "new",
    "geotag": {"lat": 50.418114, "lon": 30.476213},
    "imageType": "plate",
    "plateImageType": "png",
    "plateImageSize": "0",
    "carMoveDirection": "in",
    "timeProcessing": "411",
    "plateCoordinates": [1266, 1070, 214, 52],
    "carID": "72006",
    "GEOtarget": "",
    "imagesURI": ["/images/20181210171447.png"],
    "plateASCII": "19ZFZL",
    "plateUnicode": "19ZFZL",
    "sensorProviderID": "CAM_1",
    "datettimezone": "2018-12-12T16:34:19+0200",
    "carVerticalDirection": "up",
    "recognitionZone": "2",
}
PLUS_TWO = timezone(timedelta(hours=2))
PNG = File("image", "plate.png", "image/png", b"\x89PNG...")


def said(document: Any, *files: File, name: str = "event", kind: str = "application/json") -> Said:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse(Arrived((File(name, "event.json", kind, text), *files)))[0]


def test_the_guides_example_is_understood_field_by_field() -> None:
    told = said(GUIDE, PNG)
    assert told.device == ("CAM_1",)
    vehicle = told.vehicle
    assert vehicle is not None
    assert (vehicle.plate, vehicle.country, vehicle.confidence, vehicle.car) == ("19ZFZL", "NLD", 0.71964, "72006")
    assert (vehicle.direction, vehicle.vertical, vehicle.zone) == (Direction.IN, VerticalDirection.UP, 2)
    assert vehicle.captured_at == datetime(2018, 12, 12, 16, 34, 19, tzinfo=PLUS_TWO)
    assert (vehicle.state, vehicle.processing_ms) == ("new", 411.0)
    assert (told.pictures.crop, told.pictures.frame) == (PNG.data, b"")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("20181212 163419000", datetime(2018, 12, 12, 16, 34, 19)),
        ("20181212 16341900", datetime(2018, 12, 12, 16, 34, 19)),
        ("20240614 160436372+0200", datetime(2024, 6, 14, 16, 4, 36, 372_000, PLUS_TWO)),
        ("20181212163419", datetime(2018, 12, 12, 16, 34, 19)),
        ("2018-12-12T16:34:19+0200", datetime(2018, 12, 12, 16, 34, 19, tzinfo=PLUS_TWO)),
        ("2018-12-12T14:34:19Z", datetime(2018, 12, 12, 14, 34, 19, tzinfo=UTC)),
        ("1718373876372", datetime(2024, 6, 14, 14, 4, 36, 372_000, UTC)),
        ("99999999 999999999", None),
        ("yesterday", None),
    ],
)
def test_times_are_read_in_every_form_that_was_seen(text: str, wanted: datetime | None) -> None:
    assert moment(text) == wanted


def test_a_time_that_names_its_offset_wins_over_one_that_does_not() -> None:
    vehicle = said(GUIDE | {"datetime": "20181212 153419000"}).vehicle
    assert vehicle is not None
    assert vehicle.captured_at == datetime(2018, 12, 12, 16, 34, 19, tzinfo=PLUS_TWO)
    bare = said({name: value for name, value in GUIDE.items() if name != "datettimezone"}).vehicle
    assert bare is not None
    assert bare.captured_at == datetime(2018, 12, 12, 16, 34, 19)


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"carState": "updated"}, "state", "update"),
        ({"carState": "Lost"}, "state", "lost"),
        ({"carMoveDirection": "unk"}, "direction", Direction.UNKNOWN),
        ({"carMoveDirection": None}, "direction", Direction.UNKNOWN),
        ({"plateConfidence": 0.5}, "confidence", 0.5),
        ({"plateConfidence": "97.5"}, "confidence", 0.975),
        ({"plateConfidence": "NaN"}, "confidence", 0.0),
        ({"carID": 72006}, "car", "72006"),
        ({"plateCountry": "XX"}, "country", ""),
        ({"plateUnicode": "АА 1234-ВВ"}, "plate", "AA1234BB"),
        ({"plateUnicode": "???", "plateText": "AB 12"}, "plate", "AB12"),
        ({"recognitionZone": None, "roiID": "3"}, "zone", 3),
    ],
)
def test_words_and_numbers_are_taken_as_they_come(changes: dict[str, Any], field: str, wanted: object) -> None:
    vehicle = said(GUIDE | changes).vehicle
    assert getattr(vehicle, field) == wanted


def test_parts_may_be_called_anything() -> None:
    picture = File("upload1", "x.JPG", "application/octet-stream", b"\xff\xd8...")
    told = said(GUIDE | {"imageType": "frame"}, picture, name="data", kind="text/plain")
    assert (told.pictures.frame, told.pictures.box) == (picture.data, Box(x=1266, y=1070, width=214, height=52))
    field = parse(Arrived((picture,), (("json", json.dumps(GUIDE)),)))[0]
    assert field.vehicle is not None


def test_pictures_may_be_inside_the_document() -> None:
    images = [
        {"ImageType": "frame", "ImageFormat": "jpg", "BinaryImage": base64.b64encode(b"frame").decode()},
        {"ImageType": "plate", "ImageFormat": "jpg", "BinaryImage": base64.b64encode(b"crop").decode()},
    ]
    told = said(GUIDE | {"ImageArray": images})
    assert (told.pictures.frame, told.pictures.crop) == (b"frame", b"crop")


def test_a_message_without_a_plate_says_that_the_device_is_alive() -> None:
    assert said({"sensorProviderID": "CAM_1", "keepalive": True}) == Said(("CAM_1",))
    assert said(GUIDE | {"plateText": "", "plateUnicode": "", "plateASCII": ""}).vehicle is None


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"a": ' * 50_000])
def test_what_holds_no_document_is_refused_in_a_sentence(body: bytes) -> None:
    with pytest.raises(Invalid, match="There is no JSON object"):
        said(body)


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="datetime is written as"):
        said({"plateText": "AB12", "datetime": "tomorrow"})


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@given(st.dictionaries(st.sampled_from(sorted(GUIDE)), ANYTHING))
def test_no_value_breaks_it(changes: dict[str, Any]) -> None:
    with contextlib.suppress(Invalid):
        said(GUIDE | changes)
