"""Reading a posted picture while the caller waits."""

from __future__ import annotations

import threading

import pytest

from services.api.reading import requests
from shared import streams
from shared.geometry import Box
from shared.messages import Frame, FrameReads, Unread, UnreadReason
from shared.testing import a_read
from tests.integration.api.gateway import JPEG, Api


def recognizer(api: Api) -> None:
    """Answers one request as a recognizer does."""
    redis = streams.connect(api.site.settings.redis_frames_url)
    asked: list[streams.Entry] = []
    consumer = streams.Consumer(redis, "recognizer", "one", lambda: [streams.REQUESTS], asked.extend, block_ms=5000)
    consumer.turn()
    frame = Frame.model_validate_json(asked[0].data)
    assert asked[0].blob == JPEG
    shared = frame.model_dump(include={"frame_id", "camera_id", "captured_at", "origin", "index", "width", "height"})
    read = a_read("AB123CD", box=Box(x=1, y=2, width=30, height=4))
    unread = Unread(reason=UnreadReason.TOO_SMALL, raw="A8", box=Box(x=5, y=6, width=20, height=5))
    answer = FrameReads.model_validate({**shared, "processing_ms": 12.34, "reads": (read,), "unread": (unread,)})
    redis.rpush(frame.reply_to, answer.model_dump_json())
    redis.close()


def test_a_posted_picture_is_read_while_the_caller_waits(api: Api) -> None:
    working = threading.Thread(target=recognizer, args=[api])
    working.start()
    answer = api.client.post("/api/v1/read", files={"file": ("eu1.jpg", JPEG)})
    working.join(10)
    body = answer.json()
    assert (answer.status_code, body["file"], body["ms"]) == (200, "eu1.jpg", 12.3)
    (plate,) = body["plates"]
    assert (plate["text"], plate["box"], len(plate["characters"])) == ("AB123CD", [1, 2, 30, 4], 7)
    assert body["unread"] == [{"reason": "too_small", "raw": "A8", "box": [5, 6, 20, 5]}]
    assert (body["width"], body["height"]) == (320, 240)


def test_without_a_recognizer_the_caller_is_told_and_the_picture_withdrawn(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests.ask, "__defaults__", (0.3,))
    answer = api.client.post("/api/v1/read", content=JPEG)
    assert (answer.status_code, answer.json()["error"]) == (503, "nobody_answers")
    assert api.site.frames.xlen(streams.REQUESTS) == 0
