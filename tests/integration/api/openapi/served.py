"""The gateway behind its real web server on loopback, and stand-ins for those who answer its questions."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import uvicorn

from services.api.__main__ import server_config
from services.api.app import create_app
from shared import streams
from shared.messages import Frame, FrameReads
from shared.settings import Settings
from shared.testing import a_read


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Its address."""
    server = uvicorn.Server(server_config(create_app(settings), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(60)


@contextmanager
def answering(client: redis.Redis) -> Iterator[None]:
    """A recognizer that reads AA1234BB in every picture that somebody waits for."""
    stop = threading.Event()
    thread = threading.Thread(target=_read_all, args=(client, stop))
    thread.start()
    yield
    stop.set()
    thread.join(30)


def _read_all(client: redis.Redis, stop: threading.Event) -> None:
    last = "0"
    while not stop.is_set():
        found: Any = client.xread({streams.REQUESTS: last}, count=16, block=200)
        for _stream, entries in found or ():
            for entry, values in entries:
                last = entry
                frame = Frame.model_validate_json(values[b"json"])
                _answer(client, frame)


def _answer(client: redis.Redis, frame: Frame) -> None:
    values = {name: getattr(frame, name) for name in ("frame_id", "camera_id", "captured_at", "origin", "index")}
    found = FrameReads(**values, width=frame.width, height=frame.height, ends=True, reads=(a_read("AA1234BB"),))
    client.rpush(frame.reply_to, found.model_dump_json())
    client.expire(frame.reply_to, 60)
