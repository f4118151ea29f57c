"""The newest picture of each camera, for people who look: kept in Redis for seconds, and only while somebody does.

However many look, a camera is asked for one picture at a time, and a slow one of them slows nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import redis

WANTED_SECONDS = 15
"""So long after the last look pictures still come, so that one who looks each few seconds finds a fresh one."""
KEPT_SECONDS = 15


@dataclass(frozen=True)
class View:
    """What a camera sees: a JPEG at most 1,280 px wide, and when that was."""

    captured_at: datetime
    jpeg: bytes


def look(client: redis.Redis, camera_id: UUID) -> View | None:
    """The newest picture, and the wish for further ones; None when none is there yet."""
    with client.pipeline(transaction=False) as both:
        both.set(_wanted(camera_id), b"1", ex=WANTED_SECONDS)
        both.hgetall(_view(camera_id))
        found: Any = both.execute()[1]
    return View(datetime.fromisoformat(found[b"at"].decode()), found[b"jpeg"]) if found else None


def is_wanted(client: redis.Redis, camera_id: UUID) -> bool:
    return bool(client.exists(_wanted(camera_id)))


def show(client: redis.Redis, camera_id: UUID, view: View) -> None:
    with client.pipeline(transaction=True) as whole:
        whole.hset(_view(camera_id), mapping={"at": view.captured_at.isoformat(), "jpeg": view.jpeg})
        whole.expire(_view(camera_id), KEPT_SECONDS)
        whole.execute()


def _wanted(camera_id: UUID) -> str:
    return f"view:wanted:{camera_id}"


def _view(camera_id: UUID) -> str:
    return f"view:{camera_id}"
