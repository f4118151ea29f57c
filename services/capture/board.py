"""What one camera's process says of itself: signs of life for the parent, a status for people."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import redis
from redis.exceptions import RedisError

from services.capture.sources.contracts import Picture
from shared.clock import now
from shared.status import CameraState, CameraStatus, report_camera


class Board:
    """Written by the camera loop and its source, read by the reporter once a second."""

    def __init__(self, sign: Callable[[], None]) -> None:
        """`sign` tells the parent process that this one lives."""
        self.alive = sign
        self.refused = False
        """Whether Redis does not take frames now."""
        self._state, self._message, self._since = CameraState.STARTING, "", now()
        self._size = (0, 0)
        self._last_at: datetime | None = None
        self._frames = self._stale = self._still = self._damaged = self._failures = 0
        self._arrived = self._counted = 0
        self._counted_at = time.monotonic()

    def ready(self) -> None:
        self.becomes(CameraState.RUNNING)

    def arrived(self) -> None:
        self._arrived += 1

    def damaged(self) -> None:
        self._damaged += 1

    def stale(self) -> None:
        self._stale += 1

    def still(self) -> None:
        self._still += 1

    def published(self) -> None:
        self._frames += 1

    def opens(self) -> None:
        """The source is opened, perhaps again: its counters begin anew."""
        self._frames = self._stale = self._still = self._damaged = 0

    def sees(self, picture: Picture) -> None:
        """The source gave a picture, so it works."""
        self._size, self._last_at = (picture.width, picture.height), now()
        self.ready()

    def fails(self, sentence: str) -> None:
        """The source cannot be read and will be opened again."""
        self._failures += 1
        self.becomes(CameraState.WAITING, sentence)

    def becomes(self, state: CameraState, message: str = "") -> None:
        if (state, message) != (self._state, self._message):
            self._state, self._message, self._since = state, message, now()

    def status(self) -> CameraStatus:
        """The status now."""
        return CameraStatus(
            state=self._state,
            message=self._message or self._remark(),
            since=self._since,
            last_frame_at=self._last_at,
            width=self._size[0],
            height=self._size[1],
            fps=self._rate(),
            frames=self._frames,
            stale=self._stale,
            still=self._still,
            reconnects=self._failures,
        )

    def _remark(self) -> str:
        """What is to be said of a camera that works."""
        if self.refused:
            return "Redis does not take this camera's frames"
        if self._damaged and self._state in (CameraState.RUNNING, CameraState.FINISHED):
            return f"{self._damaged} damaged pictures or packets were skipped"
        return ""

    def _rate(self) -> float:
        seconds, count = time.monotonic() - self._counted_at, self._arrived - self._counted
        self._counted_at, self._counted = time.monotonic(), self._arrived
        return round(count / seconds, 1) if seconds > 0 else 0.0


def report_each_second(client: redis.Redis, camera_id: UUID, board: Board) -> None:
    """Starts the thread that reports; it says what holds even while the camera loop waits for its source."""

    def report() -> None:
        while True:
            # The camera loop and the parent say that Redis is away; a status is worth nothing later.
            with suppress(RedisError):
                report_camera(client, camera_id, board.status())
            time.sleep(1)

    threading.Thread(target=report, name="status", daemon=True).start()
