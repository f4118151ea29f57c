"""Shows people what a camera sees now, also while nothing moves and no frame is sent to be read."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import cv2
import redis

from services.capture.pictures import jpeg_of
from services.capture.publish import UNAVAILABLE
from services.capture.sources.contracts import Picture
from shared import views
from shared.errors import BadPicture
from shared.pictures import decode, shrinking

EVERY = 0.4
"""Seconds between two pictures, and between two questions whether somebody looks."""
WIDTH = 1280
QUALITY = 80


class Viewfinder:
    """Costs one small question to Redis each EVERY seconds while nobody looks."""

    def __init__(self, client: redis.Redis, camera_id: UUID, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._camera_id, self._clock = client, camera_id, clock
        self._next = float("-inf")

    def see(self, picture: Picture) -> None:
        """Shows the picture when it is time and somebody looks; what cannot be shown is left out."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + EVERY
        # Reading plates must not suffer from that nobody can look; the publisher says that Redis is away.
        with suppress(*UNAVAILABLE, BadPicture):
            if views.is_wanted(self._client, self._camera_id):
                views.show(self._client, self._camera_id, views.View(picture.captured_at, small(picture)))


def small(picture: Picture) -> bytes:
    """The picture as JPEG at most WIDTH px wide. Raises BadPicture."""
    if picture.width <= WIDTH:
        return jpeg_of(picture)
    pixels = picture.image
    if pixels is None:
        pixels = decode(jpeg_of(picture), shrinking(picture.width, picture.height, WIDTH))
    size = (WIDTH, max(1, round(picture.height * WIDTH / picture.width)))
    scaled = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", scaled, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise BadPicture("The picture cannot be encoded as JPEG")
    return data.tobytes()
