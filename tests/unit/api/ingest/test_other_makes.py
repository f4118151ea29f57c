"""Pushes of other makes, written after their public descriptions."""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from services.api.ingest.forms import NAMES, dahua, form_of, hikvision, plate_recognizer
from services.api.ingest.said import Arrived, File, Said
from shared.errors import Invalid, Missing
from shared.geometry import Box
from shared.messages import VerticalDirection

ALARM = """<?xml version="1.0" encoding="utf-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
<ipAddress>10.0.0.9</ipAddress><macAddress>aa:bb:cc:00:11:22</macAddress><channelID>1</channelID>
<dateTime>2026-03-14T12:00:01+02:00</dateTime><eventType>ANPR</eventType><eventState>active</eventState>
<channelName>Gate</channelName><ANPR><licensePlate>{plate}</licensePlate><line>2</line><direction>reverse</direction>
<confidenceLevel>87</confidenceLevel></ANPR><UUID>0f1e</UUID></EventNotificationAlert>"""
CROP = File("licensePlatePicture.jpg", "licensePlatePicture.jpg", "image/jpeg", b"\xff\xd8crop")
FRAME = File("detectionPicture.jpg", "detectionPicture.jpg", "image/jpeg", b"\xff\xd8frame")


def alarm(plate: str = "AA1234BB") -> File:
    return File("anpr.xml", "anpr.xml", "text/xml", ALARM.format(plate=plate).encode())


def body(document: Any) -> Arrived:
    return Arrived((File("", "", "application/json", json.dumps(document).encode()),))


def one(said: tuple[Said, ...]) -> Said:
    assert len(said) == 1
    return said[0]


def test_a_hikvision_alarm_with_its_pictures() -> None:
    told = one(hikvision.parse(Arrived((alarm(), CROP, FRAME))))
    assert told.device == ("aa:bb:cc:00:11:22", "10.0.0.9", "Gate")
    assert told.key == "0f1e"
    assert told.vehicle is not None
    assert (told.vehicle.plate, told.vehicle.confidence, told.vehicle.zone) == ("AA1234BB", 0.87, 2)
    assert told.vehicle.vertical is VerticalDirection.UP
    assert told.vehicle.captured_at == datetime(2026, 3, 14, 12, 0, 1, tzinfo=timezone(timedelta(hours=2)))
    assert (told.pictures.frame, told.pictures.crop) == (FRAME.data, CROP.data)


def test_a_hikvision_alarm_without_a_plate_says_that_the_camera_is_alive() -> None:
    assert one(hikvision.parse(Arrived((alarm("unknown"),)))).vehicle is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        b"{}",
        b"\x00" * 10,
        b'<!DOCTYPE a [<!ENTITY b "bb">]><EventNotificationAlert>&b;</EventNotificationAlert>',
    ],
)
def test_what_is_no_alarm_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        hikvision.parse(Arrived((File("anpr.xml", "", "text/xml", data),)))


def test_a_dahua_notification_with_its_pictures() -> None:
    snap = {"DeviceID": "DH-1", "Direction": "Obverse", "AccurateTime": "2026-03-14 12:00:01.250", "LanNo": 0}
    pictures = {
        "NormalPic": {"Content": base64.b64encode(b"frame").decode()},
        "CutoutPic": {"Content": base64.b64encode(b"crop").decode()},
    }
    document = {"Picture": {"Plate": {"PlateNumber": "aa 1234-bb"}, "SnapInfo": snap} | pictures}
    told = one(dahua.parse(body(document)))
    assert told.device == ("DH-1",)
    assert told.vehicle is not None
    assert (told.vehicle.plate, told.vehicle.zone) == ("AA1234BB", 1)
    assert told.vehicle.captured_at == datetime(2026, 3, 14, 12, 0, 1, 250_000)
    assert told.vehicle.vertical is VerticalDirection.DOWN
    assert (told.pictures.frame, told.pictures.crop) == (b"frame", b"crop")
    assert one(dahua.parse(body({"Active": "keepAlive", "DeviceID": "DH-1"}))) == Said(("DH-1",))


@pytest.mark.parametrize("nested", [False, True])
def test_a_plate_recognizer_message_tells_of_every_vehicle(nested: bool) -> None:
    def result(plate: str) -> dict[str, Any]:
        box = {"xmin": 10, "ymin": 20, "xmax": 110, "ymax": 50}
        if not nested:
            return {"plate": plate.lower(), "box": box, "region": {"code": "gb"}, "score": 0.9}
        props = {"plate": [{"value": plate.lower(), "score": 0.9}], "region": [{"value": "gb", "score": 0.8}]}
        return {"plate": {"type": "Plate", "box": box, "props": props}}

    data = {"camera_id": "north", "timestamp": "2026-03-14T10:00:01Z", "results": [result("AB12CDE"), result("XY1")]}
    upload = File("upload", "frame.jpg", "image/jpeg", b"\xff\xd8frame")
    told = plate_recognizer.parse(Arrived((upload,), (("json", json.dumps({"hook": {}, "data": data})),)))
    assert [one.vehicle.plate for one in told if one.vehicle] == ["AB12CDE", "XY1"]
    vehicle = told[0].vehicle
    assert vehicle is not None
    assert (vehicle.confidence, vehicle.region) == (0.9, "GB")
    assert vehicle.captured_at == datetime(2026, 3, 14, 10, 0, 1, tzinfo=UTC)
    assert told[0].pictures.box == Box(x=10, y=20, width=100, height=30)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [{}], [None]])
def test_no_form_breaks_on_values_of_the_wrong_kind(name: str, value: Any) -> None:
    names = ("Picture", "data", "results", "plateText", "ImageArray", "plateCoordinates", "plate", "datetime")
    for field in names:
        for document in ({field: value}, {"data": {field: value}}, {"plateText": "AB1", field: value}):
            with contextlib.suppress(Invalid):
                form_of(name)(body(document))


def test_a_form_that_is_not_known_is_missing() -> None:
    with pytest.raises(Missing):
        form_of("nothing")
