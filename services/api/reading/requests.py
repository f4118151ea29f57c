"""Hands a picture to whichever recognizer is free and waits for its answer."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID, uuid4

import redis

from services.api.errors import NobodyAnswers
from services.api.reading.body import PostedPicture
from shared import streams
from shared.clock import now
from shared.messages import Frame, FrameReads, Origin

PATIENCE = 15.0
WAITING = 16
"""Pictures that may wait for a recognizer; the oldest gives way, its caller has the longest patience behind it."""


def ask(client: redis.Redis, picture: PostedPicture, patience: float = PATIENCE) -> FrameReads:
    """Raises NobodyAnswers when no recognizer answers within `patience` seconds."""
    request = uuid4().hex
    reply_to = f"answer:{request}"
    frame = Frame(
        frame_id=f"request-{request}",
        camera_id=UUID(int=0),
        captured_at=now(),
        origin=Origin.UPLOAD,
        index=0,
        width=picture.width,
        height=picture.height,
        ends=True,
        reply_to=reply_to,
    )
    entry = streams.publish(client, streams.REQUESTS, frame.model_dump_json(), blob=picture.data, keep=WAITING)
    answer = _wait(client, reply_to, patience)
    if answer is None:
        client.xdel(streams.REQUESTS, entry)
        raise NobodyAnswers(f"No recognizer answered within {patience:.0f} seconds, does the recognizer run?")
    return FrameReads.model_validate_json(answer)


def _wait(client: redis.Redis, reply_to: str, patience: float) -> bytes | None:
    """Waits in pieces, because one wait must end before the connection's own time-out."""
    deadline = time.monotonic() + patience
    while (left := deadline - time.monotonic()) > 0:
        found: Any = client.blpop([reply_to], timeout=min(5.0, left))
        if found:
            answer: bytes = found[1]
            return answer
    return None
