"""A delivery as the bytes of an HTTP body: the document of the integration guide, field by field; pure.

Where the guide's example and its table disagree, the `example` profile follows the example, `table` the table.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from services.integrations.json_http.settings import Settings, signing_key
from shared.geometry import Box
from shared.latin import transliterate
from shared.messages import CameraCard, Delivery, EventState, Moment

JPEG_QUALITY = 92
Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
JsonValue = str | int | list[int] | list[str] | dict[str, float] | list[dict[str, str]]


class EscapedText(str):
    """Text of which every character is written as \\uXXXX, even those that JSON would not escape."""

    __slots__ = ()


@dataclass(frozen=True)
class Picture:
    """The picture that is sent. `shows` and `form` are words of the wire format."""

    data: bytes
    shows: str
    form: str
    plate: Box


@dataclass(frozen=True)
class Body:
    """What is posted, and how it is called."""

    content: bytes
    content_type: str


def sent_picture(delivery: Delivery, stored: bytes | None, settings: Settings) -> Picture | None:
    """The stored picture in the form that the receiver wants; None when there is none or it cannot be decoded."""
    if not stored or settings.body == "json_only":
        return None
    if settings.picture == "full":
        return Picture(stored, "frame", "jpeg", delivery.event.box)
    pixels: Pixels | None = cv2.imdecode(np.frombuffer(stored, np.uint8), cv2.IMREAD_COLOR)  # type: ignore[assignment]
    if pixels is None:
        return None
    height, width = pixels.shape[:2]
    # A crop is cut along the plate's edges and straightened, so the plate fills it.
    return Picture(
        _as_format(stored, pixels, settings.crop_format), "plate", settings.crop_format, _whole(width, height)
    )


def build(delivery: Delivery, picture: Picture | None, uris: list[str], settings: Settings) -> Body:
    """The body of one delivery; the same delivery gives the same bytes at each try."""
    members = _members(delivery, picture, uris, settings)
    if settings.body == "multipart":
        return _multipart(delivery, write_json(members).encode("ascii"), picture, settings)
    if settings.body == "json_with_pictures" and picture:
        members["ImageArray"] = [_image(picture)]
    return Body(write_json(members).encode("ascii"), "application/json")


def signature(settings: Settings, delivery_id: str, timestamp: str, content: bytes) -> str:
    """Standard Webhooks (spec/standard-webhooks.md): `v1,` and HMAC-SHA256 of id.timestamp.body in base64."""
    signed = f"{delivery_id}.{timestamp}.".encode() + content
    digest = hmac.new(signing_key(settings.signing_secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def write_json(members: dict[str, JsonValue]) -> str:
    """One JSON object; EscapedText is written with every character escaped, all else as usual."""
    return "{" + ", ".join(f"{json.dumps(name)}: {_value(value)}" for name, value in members.items()) + "}"


def _value(value: JsonValue) -> str:
    if isinstance(value, EscapedText):
        units = value.encode("utf-16-be", "surrogatepass")
        return '"' + "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)) + '"'
    return json.dumps(value)


def _members(delivery: Delivery, picture: Picture | None, uris: list[str], settings: Settings) -> dict[str, JsonValue]:
    """The fields in the order of the guide's example; the table's `datetimezone` follows its misspelt sister."""
    event = delivery.event
    zone = _zone(delivery, settings)
    passed, read = event.captured_at.astimezone(zone), event.read_at.astimezone(zone)
    plate = EscapedText(event.plate)
    members: dict[str, JsonValue] = {
        "packetCounter": str(delivery.packet_counter),
        "datetime": compact_time(passed),
        "plateText": plate,
        "plateCountry": event.country or "XX",
        "plateConfidence": f"{event.confidence:.6f}",
        "carState": _car_state(delivery),
    }
    if settings.lat is not None and settings.lon is not None:
        members["geotag"] = {"lat": settings.lat, "lon": settings.lon}
    members |= {
        "imageType": picture.shows if picture else "frame",
        "plateImageType": picture.form if picture else "jpeg",
        "plateImageSize": str(len(picture.data) if picture else 0),
        "carMoveDirection": event.direction.value,
        "timeProcessing": str(round(event.processing_ms)),
        "timeDetection": compact_time(read),
        "plateCoordinates": (picture.plate if picture else event.box).as_list(),
        "carID": str(event.car_id),
        "GEOtarget": "",
        "datettimezone": f"{passed:%Y-%m-%dT%H:%M:%S%z}",
        "datetimezone": compact_time(passed) + f"{passed:%z}",
        "carVerticalDirection": event.vertical.value,
        "recognitionZone": str(event.zone),
        "imagesURI": uris,
        "plateASCII": ascii_plate(event.plate),
        "plateUnicode": plate,
        "sensorProviderID": _sensor(delivery.camera, settings),
    }
    return _as_table(members) if settings.profile == "table" else members


def _zone(delivery: Delivery, settings: Settings) -> tzinfo:
    utc = settings.times == "utc" or settings.profile == "table"
    return UTC if utc else ZoneInfo(delivery.camera.zone)


def _as_table(members: dict[str, JsonValue]) -> dict[str, JsonValue]:
    numbers = ("packetCounter", "timeProcessing", "carID", "plateImageSize", "recognitionZone")
    return members | {name: int(str(members[name])) for name in numbers}


def compact_time(moment: datetime) -> str:
    """`YYYYMMDD HHMMSSmmm`."""
    return f"{moment:%Y%m%d %H%M%S}{moment.microsecond // 1000:03d}"


def ascii_plate(plate: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", transliterate(plate).upper())


def _car_state(delivery: Delivery) -> str:
    if delivery.moment is Moment.LOST:
        return "lost"
    return "update" if delivery.event.state is EventState.UPDATE else "new"


def _sensor(camera: CameraCard, settings: Settings) -> str:
    return settings.camera_id or camera.sensor_id or f"CAM_{camera.camera_id.hex[:12].upper()}"


def _whole(width: int, height: int) -> Box:
    return Box(x=0, y=0, width=width, height=height)


def _as_format(stored: bytes, pixels: Pixels, form: str) -> bytes:
    """Stored bytes that have the right format already go out untouched."""
    is_png = stored.startswith(b"\x89PNG")
    if is_png == (form == "png"):
        return stored
    options = [] if form == "png" else [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    return cv2.imencode(f".{form}", pixels, options)[1].tobytes()


def _image(picture: Picture) -> dict[str, str]:
    encoded = base64.b64encode(picture.data).decode()
    return {"ImageType": picture.shows, "ImageFormat": picture.form, "BinaryImage": encoded}


def _multipart(delivery: Delivery, document: bytes, picture: Picture | None, settings: Settings) -> Body:
    boundary = f"platewire-{delivery.delivery_id.hex}"
    parts = [_part(boundary, settings.event_part, "event.json", "application/json", document)]
    if picture:
        name = _file_name(delivery, picture, settings)
        parts.append(_part(boundary, settings.image_part, name, f"image/{picture.form}", picture.data))
    content = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return Body(content, f"multipart/form-data; boundary={boundary}")


def _part(boundary: str, name: str, filename: str, content_type: str, data: bytes) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
    return f"{head}Content-Type: {content_type}\r\n\r\n".encode() + data + b"\r\n"


def _file_name(delivery: Delivery, picture: Picture, settings: Settings) -> str:
    passed = delivery.event.captured_at.astimezone(_zone(delivery, settings))
    taken = f"{passed:%Y%m%d%H%M%S}_{passed.microsecond // 1000:03d}"
    suffix = {"png": "png", "jpeg": "jpg"}[picture.form]
    return f"{taken}lp_{ascii_plate(delivery.event.plate)}_{delivery.packet_counter}.{suffix}"
