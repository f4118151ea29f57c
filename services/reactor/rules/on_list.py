"""A plate is on a list, on none, or any plate at all."""

from __future__ import annotations

from pydantic import BaseModel

from shared.messages import Event
from shared.reactions import ANY, NONE, OnList


def fires(event: Event, settings: BaseModel) -> bool:
    if not isinstance(settings, OnList):
        return False
    return (
        _listed(event.lists, settings.list)
        and (not settings.cameras or event.camera_id in settings.cameras)
        and (not settings.directions or event.direction in settings.directions)
        and event.confidence >= settings.min_confidence
    )


def _listed(lists: tuple[str, ...], wanted: str) -> bool:
    if wanted == ANY:
        return True
    return not lists if wanted == NONE else wanted in lists
