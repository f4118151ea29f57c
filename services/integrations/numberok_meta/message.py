"""What is said to a Meta server, as documents and bytes; pure. Every name comes from the profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.integrations.numberok_meta.profile import Profile
from shared.errors import BadPicture
from shared.geometry import Box
from shared.messages import Delivery
from shared.multipart import Part, multipart
from shared.pictures import size_of
from shared.push_document import SentPicture, Telling, car_state, picture_name, push_document, sensor_id, write_json
from shared.status import CameraStatus

Document = dict[str, object]


@dataclass(frozen=True)
class Source:
    """A camera as it is registered. `zones` are the names of its zones, the first that of zone 1."""

    id: str
    name: str
    direction: str
    zones: tuple[str, ...]


@dataclass(frozen=True)
class Health:
    """How this site is doing: events that wait, for how many seconds the oldest has, and its cameras by id."""

    waiting: int
    oldest_seconds: float
    cameras: Sequence[tuple[str, CameraStatus]]


@dataclass(frozen=True)
class Body:
    """What is posted, and how it is called."""

    content: bytes
    content_type: str


def registration(sources: Sequence[Source], names: Profile) -> Document:
    """All cameras of this site."""
    called, one = names.registration, names.source
    told = [
        {one.id: source.id, one.name: source.name, one.direction: source.direction, one.zones: list(source.zones)}
        for source in sources
    ]
    return {
        called.protocol: names.protocol,
        called.software: "Platewire",
        called.sources: told,
    }


def heartbeat(health: Health, moment: datetime, names: Profile) -> Document:
    """What this site says of itself at a moment."""
    called = names.heartbeat
    return {
        called.sent_at: moment.isoformat(),
        called.waiting: health.waiting,
        called.oldest_seconds: round(health.oldest_seconds, 1),
        called.sources: [_state(identity, status, names) for identity, status in health.cameras],
    }


def event(delivery: Delivery, frame: bytes | None, crop: bytes | None, names: Profile) -> Body:
    """An event with its pictures; the same delivery gives the same bytes at each try.

    With both pictures the document is about the frame; the crop goes beside it. Times are UTC: the server need not know
    where the camera hangs.
    """
    form, frame, crop = names.event, _sound(frame), _sound(crop)
    document = push_document(
        delivery.event,
        Telling(
            car_state=car_state(delivery),
            zone=UTC,
            sensor=sensor_id(delivery.camera),
            packet_counter=delivery.packet_counter,
            picture=_told(delivery, frame, crop),
        ),
    )
    parts = [Part(form.document, "event.json", "application/json", write_json(document).encode("ascii"))]
    for part, data in ((form.frame, frame), (form.crop, crop)):
        if data:
            kind = _form(data)
            name = picture_name(delivery.event, UTC, delivery.packet_counter, kind)
            parts.append(Part(part, name, f"image/{kind}", data))
    boundary = f"platewire-{delivery.delivery_id.hex}"
    return Body(multipart(boundary, parts), f"multipart/form-data; boundary={boundary}")


def _told(delivery: Delivery, frame: bytes | None, crop: bytes | None) -> SentPicture | None:
    if frame:
        return SentPicture("frame", _form(frame), len(frame), delivery.event.box)
    if crop:
        # A crop is cut along the plate's edges and straightened, so the plate fills it.
        width, height = size_of(crop)
        return SentPicture("plate", _form(crop), len(crop), Box(x=0, y=0, width=width, height=height))
    return None


def _sound(data: bytes | None) -> bytes | None:
    """A picture that broke on the disk must not keep its event from being told."""
    try:
        return data if data and size_of(data) else None
    except BadPicture:
        return None


def _form(data: bytes) -> str:
    return "png" if data.startswith(b"\x89PNG") else "jpeg"


def _state(identity: str, status: CameraStatus, names: Profile) -> Document:
    called, seen = names.state, status.last_frame_at
    return {
        called.id: identity,
        called.state: status.state.value,
        called.message: status.message[:500],
        called.last_frame_at: seen.isoformat() if seen else None,
    }
