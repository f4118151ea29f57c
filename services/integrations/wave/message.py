"""A delivery as the bookmark and the generic event that a server is told; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.integrations.wave.settings import Settings
from shared.messages import Delivery, Direction
from shared.wording import fields_of, fill, values_of

UNREAD = "Unread plate"
LISTS = "{list}"


@dataclass(frozen=True)
class Bookmark:
    """One vehicle on a camera's timeline.

    Attributes:
        guid: what a server up to version 4 knows it by; newer ones make an id of their own.
        mark: the last line of the description, by which a later try finds what an earlier one stored.
        start_ms: UTC, milliseconds since 1970.
    """

    guid: UUID
    mark: str
    name: str
    description: str
    start_ms: int
    duration_ms: int
    tags: tuple[str, ...]


@dataclass(frozen=True)
class GenericEvent:
    """What the server's own rules hear."""

    source: str
    caption: str
    description: str
    at: datetime


def bookmark(delivery: Delivery, settings: Settings) -> Bookmark:
    """The same delivery gives the same bookmark at each try; all deliveries of a passage share start and mark."""
    event, values = delivery.event, _values(delivery)
    start = event.captured_at - timedelta(seconds=settings.pre_roll)
    seen = (event.last_seen - start).total_seconds()
    mark = f"Platewire event {event.event_id}"
    text = _filled_parts(settings.description, values)
    return Bookmark(
        guid=delivery.delivery_id,
        mark=mark,
        name=fill(settings.name, values).strip() or UNREAD,
        description=f"{text}\n{mark}" if text else mark,
        start_ms=milliseconds(start),
        duration_ms=round(1000 * min(max(settings.duration, seen), settings.longest)),
        tags=_tags(delivery, settings, values),
    )


def generic_event(delivery: Delivery, settings: Settings) -> GenericEvent:
    values = _values(delivery)
    return GenericEvent(
        source=fill(settings.event_source, values),
        caption=fill(settings.event_caption, values) or UNREAD,
        description=_filled_parts(settings.event_description, values),
        at=delivery.event.read_at,
    )


def milliseconds(when: datetime) -> int:
    """Since 1970, UTC."""
    return round(when.timestamp() * 1000)


def _values(delivery: Delivery) -> dict[str, str]:
    """A direction that nobody knows says nothing."""
    known = delivery.event.direction is not Direction.UNKNOWN
    return values_of(delivery) | ({} if known else {"direction": ""})


def _filled_parts(template: str, values: dict[str, str]) -> str:
    """Parts between semicolons whose fields are all empty are left out."""
    parts = [part for part in template.split(";") if _says_something(part, values)]
    return ";".join(fill(part, values) for part in parts).strip()


def _says_something(part: str, values: dict[str, str]) -> bool:
    fields = fields_of(part)
    return not fields or any(values[name] for name in fields)


def _tags(delivery: Delivery, settings: Settings, values: dict[str, str]) -> tuple[str, ...]:
    tags: list[str] = []
    for template in settings.tags:
        tags += delivery.event.lists if template == LISTS else [fill(template, values).strip()]
    return tuple(dict.fromkeys(tag for tag in tags if tag))
