"""Plate Recognizer Stream's webhook: a form with the field `json` and the file `upload`, or the JSON alone.

From the maker's published samples of 2021 and of its newer, nested form (`plate.props.plate[0].value`). `region` is a
country of two letters, sometimes with a state behind it; it is kept as the region. One message tells of every vehicle
in the frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.api.ingest.forms.json import document_of
from services.api.ingest.said import Arrived, Said, Vehicle
from shared.errors import Invalid
from shared.geometry import Box
from shared.plates import normalise
from shared.pushes import PushedPictures

Node = Mapping[str, Any]
MOST_VEHICLES = 32


def parse(arrived: Arrived) -> tuple[Said, ...]:
    """Raises Invalid for a body that is not JSON, or tells of more vehicles than a frame can hold."""
    document = document_of(arrived)
    data = _node(document, "data") or document
    device = tuple(str(data[name]) for name in ("camera_id", "camera") if data.get(name))
    listed = data.get("results")
    results = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if len(results) > MOST_VEHICLES:
        raise Invalid(f"At most {MOST_VEHICLES} vehicles come in one message", "results")
    frame = next((file.data for file in arrived.files if file.content_type.startswith("image/")), b"")
    moment = _moment(data.get("timestamp")) or _moment(data.get("timestamp_local"))
    told = [_said(device, one, moment, frame) for one in results]
    return tuple(one for one in told if one is not None) or (Said(device),)


def _said(device: tuple[str, ...], result: Node, moment: datetime | None, frame: bytes) -> Said | None:
    nested = _node(result, "plate")
    text = str(_first(nested, "plate").get("value") or "") if nested else str(result.get("plate") or "")
    if not (plate := normalise(text)):
        return None
    score = _first(nested, "plate").get("score") if nested else result.get("score")
    region = str((_first(nested, "region").get("value") if nested else _node(result, "region").get("code")) or "")
    vehicle = Vehicle(
        plate=plate, captured_at=moment, read_at=moment, region=region[:16].upper(), confidence=_share(score)
    )
    return Said(device, vehicle, PushedPictures(frame=frame, box=_box(_node(nested or result, "box"))))


def _node(document: Node, name: str) -> Node:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _first(nested: Node, name: str) -> Node:
    """The likeliest of a property's values."""
    found = _node(nested, "props").get(name)
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def _share(score: object) -> float:
    """Scores are shares; per cent were seen too."""
    number = float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) else 1.0
    number = number / 100 if number > 1 else number
    return number if 0 <= number <= 1 else 0.0


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _box(box: Node) -> Box | None:
    numbers = [box.get(name) for name in ("xmin", "ymin", "xmax", "ymax")]
    if not all(isinstance(number, int) and 0 <= number < 100_000 for number in numbers):
        return None
    x, y, right, bottom = (int(str(number)) for number in numbers)
    return Box(x=x, y=y, width=max(0, right - x), height=max(0, bottom - y))
