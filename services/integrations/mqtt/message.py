"""A delivery as messages, and cameras as Home Assistant's discovery wants them; pure.

Source: Home Assistant's documentation of the MQTT integration (device discovery since 2024.12, one topic an entity
before); abbreviations of keys as it lists them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.integrations.mqtt.settings import Settings
from shared.integration import Pictures
from shared.messages import Delivery, Event, Moment
from shared.wording import fields_of, fill, one_line, values_of

EVENT_TYPES = ("black", "white", "named", "none")
_NOT_IN_A_LEVEL = re.compile(r"[#+/$]")


@dataclass(frozen=True)
class Message:
    topic: str
    payload: str | bytes
    retain: bool = False


@dataclass(frozen=True)
class Found:
    """A camera as Home Assistant may know it."""

    camera_id: UUID
    name: str


def messages(delivery: Delivery, pictures: Pictures, settings: Settings) -> list[Message]:
    """The event comes last, so that what it is about is there when it fires; On Lost has a topic of its own."""
    base = fill(settings.topic, values_of(delivery, pictures), level)
    known = attributes(delivery, pictures)
    told = [Message(f"{base}/attributes", _json(known), settings.retain)]
    if delivery.moment is Moment.LOST:
        return [*told, Message(f"{base}/lost", _json(known))]
    crop = pictures.crop() if settings.picture else None
    if crop:
        told.append(Message(f"{base}/picture", crop, settings.retain))
    told.append(Message(f"{base}/plate", delivery.event.plate, settings.retain))
    return [
        *told,
        Message(f"{base}/event", _json({"event_type": event_type(delivery.event)} | attributes(delivery, pictures))),
    ]


def attributes(delivery: Delivery, pictures: Pictures) -> dict[str, Any]:
    """What is told of the vehicle; `id` is the delivery's, by which a repetition is known."""
    values, event = values_of(delivery, pictures), delivery.event
    return {
        "id": str(delivery.delivery_id),
        "event_id": str(event.event_id),
        "moment": delivery.moment.value,
        "plate": event.plate,
        "country": event.country,
        "confidence": round(event.confidence, 3),
        "camera": delivery.camera.name,
        "direction": event.direction.value,
        "zone": event.zone,
        "lists": list(event.lists),
        "time": values["utc"],
        "frame_url": pictures.frame_url,
        "crop_url": pictures.crop_url,
    }


def event_type(event: Event) -> str:
    return event.hits[0].kind if event.hits else "none"


def level(text: str) -> str:
    """A value as one level of a topic: whatever would part or widen it becomes `_`, and so does nothing at all."""
    return _NOT_IN_A_LEVEL.sub("_", one_line(text)).strip() or "_"


def held(camera: Found, settings: Settings) -> list[str]:
    """Where the broker keeps a camera's last plate; nobody can tell where the topic names more than the camera."""
    if not settings.retain or set(fields_of(settings.topic)) - {"camera"}:
        return []
    base = fill(settings.topic, _only_camera(camera), level)
    return [f"{base}/{end}" for end in ("attributes", "picture", "plate")]


def discovery(camera: Found, settings: Settings) -> list[Message]:
    """What announces a camera; all of it is retained, so that Home Assistant finds it after its own restart."""
    prefix, node = settings.discovery_prefix, f"platewire_{camera.camera_id.hex[:12]}"
    device = {"ids": [node], "name": camera.name, "mf": "Platewire", "mdl": "Camera"}
    parts = _components(node, fill(settings.topic, _only_camera(camera), level), settings)
    if settings.discovery == "device":
        document = {
            "dev": device,
            "o": {"name": "Platewire"},
            "cmps": parts,
            "availability_topic": settings.status_topic,
            "qos": 1,
        }
        return [Message(f"{prefix}/device/{node}/config", _json(document), retain=True)]
    found: list[Message] = []
    for name, part in parts.items():
        rest = {key: value for key, value in part.items() if key != "p"}
        document = rest | {"dev": device, "availability_topic": settings.status_topic, "qos": 1}
        found.append(Message(f"{prefix}/{part['p']}/{node}/{name}/config", _json(document), retain=True))
    return found


def _components(node: str, base: str, settings: Settings) -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {
        "last_plate": {
            "p": "sensor",
            "name": "Last plate",
            "icon": "mdi:car",
            "state_topic": f"{base}/plate",
            "json_attributes_topic": f"{base}/attributes",
        },
        "read": {"p": "event", "name": "Vehicle", "event_types": list(EVENT_TYPES), "state_topic": f"{base}/event"},
    }
    if settings.picture:
        parts["picture"] = {
            "p": "image",
            "name": "Plate",
            "image_topic": f"{base}/picture",
            "content_type": "image/jpeg",
        }
    return {name: part | {"unique_id": f"{node}_{name}"} for name, part in parts.items()}


def _only_camera(camera: Found) -> Mapping[str, str]:
    """A topic that names more than the camera differs from event to event, so these fields are announced empty."""
    return _Blank({"camera": camera.name})


class _Blank(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return ""


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
