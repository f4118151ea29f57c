"""Hikvision's ANPR alarm (ISAPI `EventNotificationAlert`), as cameras post it to an alarm host.

From public code that receives it, not from a device: a form with `anpr.xml`, `licensePlatePicture.jpg` and
`detectionPicture.jpg`, or the XML alone; a plate that was not read is `unknown`; confidence is in per cent; `forward`
is towards the camera. `country` is an index without a public table, so the country stays unknown. Other alarms and
heartbeats (`videoloss` with `inactive`) come to the same address.
"""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree

from services.api.ingest.said import Arrived, File, Said, Vehicle
from shared.errors import Invalid
from shared.messages import VerticalDirection
from shared.plates import normalise
from shared.pushes import PushedPictures

_WAYS = {"forward": VerticalDirection.DOWN, "reverse": VerticalDirection.UP}
_DEVICES = ("deviceID", "macAddress", "ipAddress", "channelName")


def parse(arrived: Arrived) -> tuple[Said, ...]:
    """Raises Invalid for a request without such an alarm."""
    alarm = _alarm(arrived)
    device = tuple(text for name in _DEVICES if (text := _text(alarm, name)))
    plate = normalise(_text(alarm, "licensePlate"))
    if not plate or plate == "UNKNOWN":
        return (Said(device),)
    moment = _moment(_text(alarm, "dateTime"))
    vehicle = Vehicle(
        plate=plate,
        captured_at=moment,
        read_at=moment,
        confidence=_share(_text(alarm, "confidenceLevel")),
        vertical=_WAYS.get(_text(alarm, "direction").lower(), VerticalDirection.UNKNOWN),
        zone=int(_text(alarm, "line")) if _text(alarm, "line").isdecimal() else 1,
    )
    pictures = PushedPictures(frame=_picture(arrived, "detection"), crop=_picture(arrived, "licenseplate"))
    return (Said(device, vehicle, pictures, _text(alarm, "UUID")),)


def _alarm(arrived: Arrived) -> dict[str, str]:
    """Text of each element by its name without namespace; the first of a name counts."""
    for data in (file.data for file in arrived.files if not file.content_type.startswith("image/")):
        # A device has no reason to declare entities, and a few of them expand to gigabytes.
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise Invalid("The alarm declares a document type, which no device does", "anpr.xml")
        try:
            tree = ElementTree.fromstring(data)
        except (ElementTree.ParseError, ValueError, LookupError):
            continue
        if tree.tag.rpartition("}")[2] == "EventNotificationAlert":
            found: dict[str, str] = {}
            for element in tree.iter():
                found.setdefault(element.tag.rpartition("}")[2], (element.text or "").strip())
            return found
    raise Invalid("There is no EventNotificationAlert in the request", "anpr.xml")


def _text(alarm: dict[str, str], name: str) -> str:
    return alarm.get(name, "")


def _share(text: str) -> float:
    return min(1.0, int(text) / 100) if text.isdecimal() and len(text) < 10 else 1.0


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _picture(arrived: Arrived, name: str) -> bytes:
    return next((file.data for file in arrived.files if file.data and name in _called(file)), b"")


def _called(file: File) -> str:
    return f"{file.name} {file.filename}".lower() if not file.data.lstrip().startswith(b"<") else ""
