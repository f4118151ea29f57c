"""RTSP and RTSPS cameras, over TCP or UDP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.capture.gate import Pace
from services.capture.newest import newest
from services.capture.sources.contracts import OPEN_SECONDS, READ_SECONDS, Opening, Picture, Pictures
from services.capture.video import upright
from shared.cameras import RtspSource
from shared.clock import now
from shared.errors import SourceError


@dataclass(frozen=True)
class _Arrival:
    frame: VideoFrame
    at: datetime


def open_source(source: RtspSource, opening: Opening) -> Pictures:
    """The camera's newest pictures, at most `rate` a second; only those are converted."""
    for index, arrival in enumerate(newest(_arrivals(source, opening), opening.stopping)):
        image = upright(arrival.frame)
        yield Picture(arrival.at, index, image.shape[1], image.shape[0], image=image)


def _arrivals(source: RtspSource, opening: Opening) -> Iterator[_Arrival]:
    pace = Pace(opening.rate)
    pictured = time.monotonic()
    with _connect(source) as container:
        for packet in _packets(container, _video(container)):
            opening.notes.alive()
            for frame in _decoded(packet, opening):
                pictured = time.monotonic()
                opening.notes.arrived()
                if pace.due(pictured):
                    yield _Arrival(frame, now())
            if time.monotonic() - pictured > READ_SECONDS:
                raise SourceError("The camera sends data in which no picture can be decoded")


def _connect(source: RtspSource) -> InputContainer:
    options = {"rtsp_transport": source.transport, "fflags": "nobuffer", "analyzeduration": "3000000"}
    began = time.monotonic()
    try:
        return av.open(source.url, options=options, timeout=(OPEN_SECONDS, READ_SECONDS))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        # The exception names the URL with its password: only our own sentence leaves this place.
        raise SourceError(_sentence(error, time.monotonic() - began >= OPEN_SECONDS - 0.5)) from None


def _video(container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise SourceError("The camera's stream has no video")
    video = container.streams.video[0]
    # Decoding frames in several threads would add that many frames of delay.
    video.codec_context.thread_count = 1
    return video


def _packets(container: InputContainer, video: VideoStream) -> Iterator[Packet[VideoStream]]:
    try:
        yield from container.demux(video)
    except (av.error.FFmpegError, OSError, ValueError):
        raise SourceError("The camera stopped sending") from None


def _decoded(packet: Packet[VideoStream], opening: Opening) -> list[VideoFrame]:
    try:
        frames = packet.decode()
    except av.error.FFmpegError:
        opening.notes.damaged()
        return []
    whole = [frame for frame in frames if not frame.is_corrupt]
    for _ in range(len(frames) - len(whole)):
        opening.notes.damaged()
    return whole


def _sentence(error: Exception, late: bool) -> str:
    if late:
        return f"The camera did not answer within {OPEN_SECONDS:.0f} seconds"
    match error:
        case av.error.HTTPUnauthorizedError() | av.error.HTTPForbiddenError():
            return "The camera refuses the user name or the password"
        case av.error.HTTPNotFoundError():
            return "The camera has no stream under this path"
        case ConnectionRefusedError():
            return "Nothing answers at the camera's address and port: the connection was refused"
        case av.error.InvalidDataError():
            return "What the camera sends is no RTSP stream that can be understood"
    return "The camera cannot be reached: check its address, the network and the path of the stream"
