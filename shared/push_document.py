"""The document of the integration guide that tells of one event, field by field; pure.

Pushed by the integrations json_http and numberok_meta, answered by the WebAPI's search: one parser reads them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from shared.geometry import Box
from shared.latin import transliterate
from shared.messages import CameraCard, Delivery, Event, EventState, Moment

JsonValue = str | int | list[int] | list[str] | dict[str, float] | list[dict[str, str]]


class EscapedText(str):
    """Text of which every character is written as \\uXXXX, even those that JSON would not escape."""

    __slots__ = ()


@dataclass(frozen=True)
class SentPicture:
    """What the document says of the picture beside it. `shows` and `form` are words of the wire format."""

    shows: str
    form: str
    size: int
    plate: Box


@dataclass(frozen=True)
class Telling:
    """What an event itself does not say: who tells it, to whom, in which time zone."""

    car_state: str
    zone: tzinfo
    sensor: str
    packet_counter: int = 0
    geotag: tuple[float, float] | None = None
    picture: SentPicture | None = None
    uris: tuple[str, ...] = ()


def push_document(event: Event, telling: Telling) -> dict[str, JsonValue]:
    """The fields in the order of the guide's example; the table's `datetimezone` follows its misspelt sister."""
    passed, read = event.captured_at.astimezone(telling.zone), event.read_at.astimezone(telling.zone)
    plate = EscapedText(event.plate)
    members: dict[str, JsonValue] = {
        "packetCounter": str(telling.packet_counter),
        "datetime": compact_time(passed),
        "plateText": plate,
        "plateCountry": event.country or "XX",
        "plateConfidence": f"{event.confidence:.6f}",
        "carState": telling.car_state,
    }
    if telling.geotag is not None:
        members["geotag"] = {"lat": telling.geotag[0], "lon": telling.geotag[1]}
    picture = telling.picture or SentPicture("frame", "jpeg", 0, event.box)
    return members | {
        "imageType": picture.shows,
        "plateImageType": picture.form,
        "plateImageSize": str(picture.size),
        "carMoveDirection": event.direction.value,
        "timeProcessing": str(round(event.processing_ms)),
        "timeDetection": compact_time(read),
        "plateCoordinates": picture.plate.as_list(),
        "carID": str(event.car_id),
        "GEOtarget": "",
        "datettimezone": f"{passed:%Y-%m-%dT%H:%M:%S%z}",
        "datetimezone": compact_time(passed) + f"{passed:%z}",
        "carVerticalDirection": event.vertical.value,
        "recognitionZone": str(event.zone),
        "imagesURI": list(telling.uris),
        "plateASCII": ascii_plate(event.plate),
        "plateUnicode": plate,
        "sensorProviderID": telling.sensor,
    }


def as_table(members: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The same with numbers where the guide's table, unlike its example, has numbers."""
    numbers = ("packetCounter", "timeProcessing", "carID", "plateImageSize", "recognitionZone")
    return members | {name: int(str(members[name])) for name in numbers}


def car_state(delivery: Delivery) -> str:
    """The document's word for how far the passage is."""
    if delivery.moment is Moment.LOST:
        return "lost"
    return "update" if delivery.event.state is EventState.UPDATE else "new"


def picture_name(event: Event, zone: tzinfo, packet_counter: int, form: str) -> str:
    """The name of the picture's file. Args: form: png or jpeg."""
    passed = event.captured_at.astimezone(zone)
    taken = f"{passed:%Y%m%d%H%M%S}_{passed.microsecond // 1000:03d}"
    return f"{taken}lp_{ascii_plate(event.plate)}_{packet_counter}.{'png' if form == 'png' else 'jpg'}"


def sensor_id(camera: CameraCard) -> str:
    """The camera's name for receivers; stable and unique per camera when nobody gave it one."""
    return camera.sensor_id or f"CAM_{camera.camera_id.hex[:12].upper()}"


def compact_time(moment: datetime) -> str:
    """`YYYYMMDD HHMMSSmmm`."""
    return f"{moment:%Y%m%d %H%M%S}{moment.microsecond // 1000:03d}"


def ascii_plate(plate: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", transliterate(plate).upper())


def write_json(members: Mapping[str, Any]) -> str:
    """One JSON object; EscapedText is written with every character escaped, all else as usual."""
    parts: list[str] = []
    usual: dict[str, Any] = {}
    for name, value in members.items():
        if isinstance(value, EscapedText):
            parts += [_inside(usual), f"{json.dumps(name)}: {_escaped(value)}"]
            usual = {}
        else:
            usual[name] = value
    return "{" + ", ".join(part for part in (*parts, _inside(usual)) if part) + "}"


def _inside(members: Mapping[str, Any]) -> str:
    return json.dumps(members)[1:-1]


def _escaped(text: EscapedText) -> str:
    units = text.encode("utf-16-be", "surrogatepass")
    return '"' + "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)) + '"'
