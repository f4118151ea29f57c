"""Video files: every picked frame is published, and the same ones with the same times in each try."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.capture.lookahead import mark_last
from services.capture.media_time import MediaTime, Picker
from services.capture.sources.contracts import Opening, Picture, Pictures
from services.capture.video import upright
from shared.cameras import FileSource
from shared.errors import SourceError


@dataclass(frozen=True)
class _Picked:
    index: int
    time: Fraction
    frame: VideoFrame


def open_source(source: FileSource, opening: Opening) -> Pictures:
    """The frames from `position` on, at most `rate` a second of media time; the last one `ends`."""
    began = time.monotonic()
    first: Fraction | None = None
    with _open(source.path) as container:
        for picked, last in mark_last(_picked(container, opening)):
            first = picked.time if first is None else first
            if source.realtime and _rest(opening, began + float(picked.time - first)):
                return
            image = upright(picked.frame)
            at = opening.started_at + timedelta(microseconds=round(picked.time * 1_000_000))
            yield Picture(at, picked.index, image.shape[1], image.shape[0], image=image, ends=last)


def _rest(opening: Opening, until: float) -> bool:
    return opening.wait(max(0.0, until - time.monotonic()))


def _open(path: Path) -> InputContainer:
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as error:
        raise SourceError(f"The file {path} cannot be read: {error.strerror}") from None
    if size is None:
        raise SourceError(f"There is no file {path}")
    if size == 0:
        raise SourceError(f"The file {path} is empty")
    try:
        # Playlists must not lead anywhere else: a video is one file.
        return av.open(f"file:{path}", options={"protocol_whitelist": "file"})
    except PermissionError:
        raise SourceError(f"The file {path} may not be read by capture") from None
    except (av.error.FFmpegError, OSError, ValueError):
        raise SourceError(f"The file {path} is no video that can be read") from None


def _picked(container: InputContainer, opening: Opening) -> Iterator[_Picked]:
    if not container.streams.video:
        raise SourceError("The file has no video track")
    video = container.streams.video[0]
    video.thread_type = "AUTO"
    clock, picker = MediaTime(1 / (video.average_rate or Fraction(25))), Picker(opening.rate)
    index = decoded = 0
    for frame in _decoded(container, video, opening):
        decoded += 1
        taken = clock.of(_stamp(frame))
        if picker.takes(taken):
            if index >= opening.position:
                yield _Picked(index, taken, frame)
            index += 1
    if not decoded and not opening.stopping():
        raise SourceError("No picture in the file can be decoded")


def _stamp(frame: VideoFrame) -> Fraction | None:
    return None if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base


def _decoded(container: InputContainer, video: VideoStream, opening: Opening) -> Iterator[VideoFrame]:
    """All frames; packets that cannot be decoded are counted, and a broken end is the end."""
    packets = container.demux(video)
    while not opening.stopping():
        opening.notes.alive()
        try:
            packet = next(packets)
        except (StopIteration, av.error.EOFError):
            return
        except av.error.FFmpegError:
            opening.notes.damaged()
            return
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            opening.notes.damaged()
            continue
        for frame in frames:
            opening.notes.arrived()
            yield frame
