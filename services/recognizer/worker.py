"""Frames in, reads out: stateless, so that one more copy is one more share of the work."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import cv2
import redis
from pydantic import ValidationError

from services.recognizer.contracts import Picture
from services.recognizer.findings import Findings, FoundPlate, Pipeline, UnreadPlate
from services.recognizer.looking import find
from shared import streams
from shared.clock import Clock, now
from shared.errors import BadPicture, InvalidMessage
from shared.media import MediaStore
from shared.messages import Frame, FrameReads, Origin, UnreadReason
from shared.streams import Entry

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 60
CROP_QUALITY = 95


@dataclass
class Recognizer:
    """Handles entries of the frame streams; a frame is acknowledged after its reads are published."""

    pipeline: Pipeline
    frames: redis.Redis
    events: redis.Redis
    media: MediaStore
    stale_after: float
    clock: Clock = now
    counters: Counter[str] = field(default_factory=Counter)

    def handle(self, entries: Sequence[Entry]) -> None:
        """Reads each frame and publishes what it found. Raises InvalidMessage for an entry that is no frame."""
        for entry in entries:
            frame = _parse(entry)
            if self._too_old(frame):
                self.counters["stale"] += 1
                continue
            found = self._recognise(frame, entry.blob)
            self.counters["frames"] += 1
            self.counters["reads"] += len(found.reads)
            self.counters["unread"] += len(found.unread)
            self._publish(frame, found)

    def _too_old(self, frame: Frame) -> bool:
        age = self.clock() - frame.captured_at
        return frame.origin is Origin.LIVE and age > timedelta(seconds=self.stale_after)

    def _recognise(self, frame: Frame, jpeg: bytes) -> FrameReads:
        started = time.monotonic()
        found = Findings()
        try:
            found = find(self.pipeline, frame, jpeg)
        except BadPicture as error:
            self.counters["bad_pictures"] += 1
            logger.warning("frame is no picture", extra={"frame": frame.frame_id, "reason": str(error)})
        spent = (time.monotonic() - started) * 1000
        self.counters["milliseconds"] += round(spent)
        return self._told(frame, found, jpeg, spent)

    def _told(self, frame: Frame, found: Findings, jpeg: bytes, spent: float) -> FrameReads:
        """What was found, its pictures stored: of every plate, but for those too small to show anything."""
        shown: list[FoundPlate | UnreadPlate] = [*found.plates]
        shown += [u for u in found.unread if u.reason is not UnreadReason.TOO_SMALL]
        keep = bool(shown) and not frame.reply_to
        keys = {id(plate): self._keep(frame, number, plate.crop) for number, plate in enumerate(shown) if keep}
        return FrameReads(
            **frame.model_dump(include={"frame_id", "camera_id", "captured_at", "origin", "index", "ends"}),
            width=frame.width,
            height=frame.height,
            processing_ms=round(spent, 1),
            frame_key=self.media.put(jpeg, frame.frame_id, frame.captured_at) if keep else "",
            reads=tuple(plate.as_read(keys.get(id(plate), "")) for plate in found.plates),
            unread=tuple(plate.as_unread(keys.get(id(plate), "")) for plate in found.unread),
        )

    def _keep(self, frame: Frame, number: int, crop: Picture) -> str:
        """Stores the picture of one plate and returns its key."""
        done, jpeg = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, CROP_QUALITY])
        return self.media.put(jpeg.tobytes(), f"{frame.frame_id}-{number}", frame.captured_at) if done else ""

    def _publish(self, frame: Frame, found: FrameReads) -> None:
        if frame.reply_to:
            self.frames.rpush(frame.reply_to, found.model_dump_json())
            self.frames.expire(frame.reply_to, ANSWER_SECONDS)
        elif found.reads or found.unread or frame.origin is not Origin.LIVE:
            # An empty result of a file says that its time went on; a live camera's time is the wall clock.
            streams.publish(self.events, streams.reads(streams.shard_of(frame.camera_id)), found.model_dump_json())


def _parse(entry: Entry) -> Frame:
    try:
        return Frame.model_validate_json(entry.data)
    except ValidationError as error:
        raise InvalidMessage(f"not a frame: {error.error_count()} fields are wrong") from None


WINDOW = 16
"""Streams read in one turn: one frame of each is taken, and all must be done long before others may claim them."""


def camera_streams(frames: redis.Redis) -> Callable[[], list[str]]:
    """Names of the streams to read next: the requests of people who wait, then announced cameras by turns."""
    cameras: deque[str] = deque()
    looked = -1.0

    def current() -> list[str]:
        nonlocal looked
        if time.monotonic() - looked > 1:
            looked = time.monotonic()
            members: Any = frames.smembers(streams.FRAME_CAMERAS)
            announced = {streams.frames(UUID(member.decode())) for member in members}
            if announced != set(cameras):
                cameras.clear()
                cameras.extend(sorted(announced))
        cameras.rotate(-WINDOW)
        return [streams.REQUESTS, *islice(cameras, WINDOW)]

    return current
