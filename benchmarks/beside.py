"""Has one picture read again and again beside what a benchmark does, to see whether recognition waits for it."""

from __future__ import annotations

import statistics
import threading
import time
from typing import Self

import cv2
import httpx
import numpy as np

EVERY = 2.0
"""Seconds from one to the next. Each takes all processors for a tenth of a second, so it is a load of its own."""


class PicturesRead:
    """`with PicturesRead(api) as reading: ...`; then `reading.p50_ms`. Pictures take the way of frames."""

    def __init__(self, api: httpx.Client) -> None:
        self._api = api
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._took: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    @property
    def count(self) -> int:
        return len(self._took)

    @property
    def p50_ms(self) -> float:
        return statistics.median(self._took or [0.0]) * 1000

    def _ask(self) -> None:
        picture = _picture()
        while not self._over.wait(EVERY):
            began = time.perf_counter()
            self._api.post("/read", content=picture, headers={"Content-Type": "image/jpeg"}).raise_for_status()
            self._took.append(time.perf_counter() - began)


def _picture() -> bytes:
    """A plate in front of noise, 1280 × 720."""
    chance = np.random.default_rng(2)
    picture = cv2.GaussianBlur(chance.integers(40, 160, (720, 1280, 3), dtype=np.uint8), (9, 9), 0)
    cv2.rectangle(picture, (520, 420), (760, 480), (235, 235, 235), -1)
    cv2.putText(picture, "AA1234BB", (528, 466), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20, 20, 20), 4)
    _done, data = cv2.imencode(".jpg", picture)
    return data.tobytes()
