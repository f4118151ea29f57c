"""Vehicles that tests send past one camera, and what a tracker then tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.reactor.tracker import Change, Tracker
from shared.cameras import CameraSettings
from shared.geometry import Box
from shared.messages import EventState, FrameReads, Origin, Read, Unread, UnreadReason
from shared.testing import a_read, frame_reads

CAMERA = UUID(int=7)


def at(x: int, y: int, height: int = 30) -> Box:
    return Box(x=x, y=y, width=height * 4, height=height)


def feed(tracker: Tracker, frames: Sequence[FrameReads], until: float | None = None) -> list[Change]:
    """Plays frames with the wall clock at their own time, then lets time pass until every vehicle has left."""
    changes: list[Change] = []
    for frame in frames:
        changes += tracker.step(frame, frame.captured_at)
    last = max(frame.captured_at for frame in frames)
    return changes + tracker.tick(last + timedelta(seconds=6 if until is None else until))


def passing(text: str, start: float, frames: int = 8, *, x: int = 100, speed: int = 12) -> list[FrameReads]:
    """A vehicle that comes down the picture, read five times a second."""
    return [frame_reads(CAMERA, a_read(text, box=at(x, 60 + speed * i)), second=start + i / 5) for i in range(frames)]


def new_tracker(**settings: object) -> Tracker:
    return Tracker(CAMERA, CameraSettings.model_validate(settings))


def plates(changes: Sequence[Change], state: EventState = EventState.LOST) -> list[str]:
    return [change.told.plate for change in changes if change.state is state]


def with_reads(frame: FrameReads, *reads: Read) -> FrameReads:
    return frame.model_copy(update={"reads": reads})


def as_file(frames: Sequence[FrameReads], run: str = "a") -> list[FrameReads]:
    return [
        f.model_copy(update={"origin": Origin.FILE, "frame_id": f"{run}-{n}", "index": n}) for n, f in enumerate(frames)
    ]


def an_unread(
    box: Box, reason: UnreadReason = UnreadReason.BLURRED, *, sharpness: float = 50.0, crop_key: str = ""
) -> Unread:
    return Unread(reason=reason, raw="?8TH", box=box, sharpness=sharpness, crop_key=crop_key)


def unread(frame: FrameReads, reason: UnreadReason = UnreadReason.BLURRED) -> FrameReads:
    """The frame as if its plates had been seen and not read."""
    seen = tuple(an_unread(read.box, reason) for read in frame.reads)
    return frame.model_copy(update={"reads": (), "unread": seen})


def passing_unread(start: float, frames: int = 8, **way: int) -> list[FrameReads]:
    """A vehicle that comes down the picture and is never read."""
    return [unread(frame) for frame in passing("-", start, frames, **way)]
