"""Texts with fields, such as `{plate} at {camera}`, that integrations let people write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from shared.integration import Pictures
from shared.messages import Delivery
from shared.push_document import ascii_plate

_FIELD = re.compile(r"\{([^{}\s\"':,]*)\}")
"""So that the braces of JSON around a field are none."""
FIELDS = (
    "plate", "plate_ascii", "country", "region", "confidence", "camera", "time", "utc", "utc_day", "utc_time", "list",
    "list_kind",
    "direction", "zone", "moment", "event_id", "car_id", "delivery_id", "frame_url", "crop_url",
)  # fmt: skip
HELP = ", ".join(f"{{{name}}}" for name in FIELDS)


def values_of(delivery: Delivery, pictures: Pictures | None = None) -> dict[str, str]:
    """What the fields stand for.

    `time` is the camera's clock, `utc` ISO 8601; `utc_day` and `utc_time` are of the first frame, so they stay the same
    over the moments of a passage.
    """
    event = delivery.event
    return {
        "plate": event.plate,
        "plate_ascii": ascii_plate(event.plate),
        "country": event.country,
        "region": event.region,
        "confidence": f"{event.confidence:.2f}",
        "camera": delivery.camera.name,
        "time": f"{event.read_at.astimezone(ZoneInfo(delivery.camera.zone)):%Y-%m-%d %H:%M:%S}",
        "utc": f"{event.read_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "utc_day": f"{event.captured_at.astimezone(UTC):%Y-%m-%d}",
        "utc_time": f"{event.captured_at.astimezone(UTC):%H%M%S}",
        "list": ", ".join(event.lists),
        "list_kind": event.hits[0].kind if event.hits else "",
        "direction": event.direction.value,
        "zone": str(event.zone),
        "moment": delivery.moment.value,
        "event_id": str(event.event_id),
        "car_id": str(event.car_id),
        "delivery_id": str(delivery.delivery_id),
        "frame_url": pictures.frame_url if pictures else "",
        "crop_url": pictures.crop_url if pictures else "",
    }


def fill(text: str, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """The text with its fields filled in, each value made harmless by `escape`."""
    return _FIELD.sub(lambda found: escape(values[found[1]]), text)


def fields_of(text: str) -> list[str]:
    """The fields that stand in a text."""
    return _FIELD.findall(text)


def one_line(text: str) -> str:
    """Without line ends and other characters that do not print."""
    return "".join(character for character in text if character.isprintable())


def _known(text: str) -> str:
    if unknown := [name for name in fields_of(text) if name not in FIELDS]:
        raise ValueError(f"unknown field {{{unknown[0]}}}; there are {', '.join(FIELDS)}")
    return text


Wording = Annotated[str, AfterValidator(_known)]
"""A setting with fields."""
