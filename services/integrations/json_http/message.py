"""A delivery as the bytes of an HTTP body: the document of the integration guide with its picture; pure.

Where the guide's example and its table disagree, the `example` profile follows the example, `table` the table.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from services.integrations.json_http.settings import Settings
from shared.geometry import Box
from shared.messages import Delivery
from shared.multipart import Part, multipart
from shared.push_document import (
    JsonValue,
    SentPicture,
    Telling,
    as_table,
    car_state,
    picture_name,
    push_document,
    sensor_id,
    write_json,
)

JPEG_QUALITY = 92
Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


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
    members = _document(delivery, picture, uris, settings)
    if settings.body == "multipart":
        return _multipart(delivery, write_json(members).encode("ascii"), picture, settings)
    if settings.body == "json_with_pictures" and picture:
        members["ImageArray"] = [_image(picture)]
    return Body(write_json(members).encode("ascii"), "application/json")


def _document(delivery: Delivery, picture: Picture | None, uris: list[str], settings: Settings) -> dict[str, JsonValue]:
    telling = Telling(
        car_state=car_state(delivery),
        zone=_zone(delivery, settings),
        sensor=settings.camera_id or sensor_id(delivery.camera),
        packet_counter=delivery.packet_counter,
        geotag=(settings.lat, settings.lon) if settings.lat is not None and settings.lon is not None else None,
        picture=SentPicture(picture.shows, picture.form, len(picture.data), picture.plate) if picture else None,
        uris=tuple(uris),
    )
    members = push_document(delivery.event, telling)
    return as_table(members) if settings.profile == "table" else members


def _zone(delivery: Delivery, settings: Settings) -> tzinfo:
    utc = settings.times == "utc" or settings.profile == "table"
    return UTC if utc else ZoneInfo(delivery.camera.zone)


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
    parts = [Part(settings.event_part, "event.json", "application/json", document)]
    if picture:
        name = picture_name(delivery.event, _zone(delivery, settings), delivery.packet_counter, picture.form)
        parts.append(Part(settings.image_part, name, f"image/{picture.form}", picture.data))
    return Body(multipart(boundary, parts), f"multipart/form-data; boundary={boundary}")
