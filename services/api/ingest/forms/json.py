"""The document of the integration guide: NumberOK, FF Group, Axis License Plate Verifier, CAMMRA, and Platewire.

Sources: the guide's example and table; AXIS License Plate Verifier API and FF Group's "FF JSON protocol" (fields, words
such as `updated`, `unk`, `jpg`, `ImageArray`); real payloads of 2019 to 2024, by which a bare `datetime` is the
camera's wall clock whatever the tables say, and part names differ. So part names are not looked at, numbers may be
quoted, and a field that names its offset wins over one that does not.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from services.api.ingest.said import Arrived, File, Said, Vehicle
from shared.errors import Invalid
from shared.geometry import Box
from shared.messages import Direction, VerticalDirection
from shared.plates import normalise
from shared.pushes import PushedPictures

Document = Mapping[str, Any]
_PLATES = ("plateUnicode", "plateText", "plateUTF8", "plateASCII")
_ZONED = ("datetimezone", "datettimezone", "datetime")
"""The first of these two has milliseconds, by which vehicles of one second keep their order."""
_STATES: dict[str, Literal["new", "update", "lost"]] = {"update": "update", "updated": "update", "lost": "lost"}
_DEVICES = ("sensorProviderID", "cameraId", "cameraID", "serial")
_COMPACT = re.compile(r"(\d{8})[ T]?(\d{6})(\d{0,6})\s*(Z|[+-]\d\d:?\d\d)?")
_CROPS = ("plate", "lp", "lpcrop")
MOST_PICTURES = 8


def parse(arrived: Arrived) -> tuple[Said, ...]:
    """Raises Invalid for a body without such a document."""
    document = document_of(arrived)
    device = tuple(str(document[name]) for name in _DEVICES if document.get(name))
    key = arrived.header("webhook-id")
    if not any(name in document for name in _PLATES):
        return (Said(device, key=key),)
    vehicle = _vehicle(document)
    pictures = _pictures(document, arrived)
    return (Said(device, vehicle if vehicle.plate else None, pictures, key),)


def document_of(arrived: Arrived) -> Document:
    """The first part that is a JSON object: a file by any name, a field, or the body itself."""
    texts = [file.data for file in sorted(arrived.files, key=_likely) if not file.content_type.startswith("image/")]
    for text in [*texts, *(value.encode() for _name, value in arrived.fields)]:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return {str(name): value for name, value in found.items()}
    raise Invalid("There is no JSON object in the request: send it as the body, or as part event of a form", "event")


def moment(text: object) -> datetime | None:
    """`20181212 163419000`, with or without offset and with two to six digits of a second, ISO 8601, or epoch ms."""
    written = str(text).strip()
    if found := _COMPACT.fullmatch(written):
        day, clock, rest, offset = found.groups()
        return _iso(f"{day}T{clock}.{(rest or '0').ljust(6, '0')}{offset or ''}")
    if re.fullmatch(r"\d{12,14}", written):
        return datetime.fromtimestamp(int(written) / 1000).astimezone()
    return _iso(written)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _likely(file: File) -> int:
    return 0 if file.name == "event" else 1 if file.filename.endswith(".json") or "json" in file.content_type else 2


def _vehicle(document: Document) -> Vehicle:
    passed = _time(document, _ZONED)
    if passed is None and any(document.get(name) for name in _ZONED):
        raise Invalid("datetime is written as 20181212 163419000 or 2018-12-12T16:34:19+02:00", "datetime")
    return Vehicle(
        plate=_plate(document),
        captured_at=passed,
        read_at=_time(document, ("timeDetection",)) or passed,
        car=_text(document, "carID", "carid", "carId")[:64],
        state=_STATES.get(_text(document, "carState", "carstate").lower(), "new"),
        country=_country(document),
        confidence=_confidence(document),
        direction=_direction(document),
        vertical=_vertical(document),
        zone=int(_number(document, "recognitionZone", "roiID") or 1),
        processing_ms=max(0.0, _number(document, "timeProcessing")),
    )


def _plate(document: Document) -> str:
    """The first spelling that is letters and digits: some senders put a placeholder into one of the fields."""
    texts = [normalise(str(document[name])) for name in _PLATES if document.get(name)]
    return next((text for text in texts if text.isalnum()), texts[0] if texts else "")


def _time(document: Document, names: tuple[str, ...]) -> datetime | None:
    times = [found for name in names if document.get(name) and (found := moment(document[name]))]
    return next((one for one in times if one.tzinfo), times[0] if times else None)


def _text(document: Document, *names: str) -> str:
    return next((str(document[name]) for name in names if document.get(name) not in (None, "")), "")


def _number(document: Document, *names: str) -> float:
    """0 for what is absent or no number."""
    try:
        number = float(_text(document, *names) or 0)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _confidence(document: Document) -> float:
    """A share; some senders give per cent."""
    number = _number(document, "plateConfidence")
    return min(1.0, max(0.0, number / 100 if number > 1 else number))


def _country(document: Document) -> str:
    code = _text(document, "plateCountry").upper()
    return code if re.fullmatch(r"[A-Z]{3}", code) else ""


def _direction(document: Document) -> Direction:
    return {"in": Direction.IN, "out": Direction.OUT}.get(
        _text(document, "carMoveDirection").lower(), Direction.UNKNOWN
    )


def _vertical(document: Document) -> VerticalDirection:
    word = _text(document, "carVerticalDirection").lower()
    return {"up": VerticalDirection.UP, "down": VerticalDirection.DOWN}.get(word, VerticalDirection.UNKNOWN)


def _pictures(document: Document, arrived: Arrived) -> PushedPictures:
    """The frame and the crop, by what the document says of its picture; a second one is the crop (CAMMRA's manual)."""
    found = [(_text(document, "imageType"), file.data) for file in arrived.files if _is_picture(file)]
    images = document.get("ImageArray")
    for number, image in enumerate(images if isinstance(images, list) else ()):
        if isinstance(image, dict) and number < MOST_PICTURES and image.get("BinaryImage"):
            found.append((str(image.get("ImageType") or _text(document, "imageType")), _decoded(image["BinaryImage"])))
    if len(found) > MOST_PICTURES:
        raise Invalid(f"At most {MOST_PICTURES} pictures come with one event", "image")
    frames = [data for shows, data in found[:1] if shows.lower() not in _CROPS]
    frames += [data for shows, data in found[1:] if not frames and shows.lower() in ("frame", "vehicle")]
    crops = [data for _shows, data in found if data not in frames]
    return PushedPictures(frames[0] if frames else b"", crops[0] if crops else b"", _box(document) if frames else None)


def _is_picture(file: File) -> bool:
    return bool(file.data) and (
        file.content_type.startswith("image/") or file.filename.lower().endswith((".jpg", ".jpeg", ".png", ".bmp"))
    )


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=False)
    except (binascii.Error, ValueError):
        raise Invalid("BinaryImage is not base64", "ImageArray") from None


def _box(document: Document) -> Box | None:
    numbers = document.get("plateCoordinates")
    try:
        x, y, width, height = (round(float(number)) for number in numbers)  # type: ignore[union-attr]
        return Box(x=x, y=y, width=width, height=height)
    except (TypeError, ValueError, OverflowError):
        return None
