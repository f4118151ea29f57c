"""Cameras that send JPEG after JPEG over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import httpx

from services.capture.gate import Pace
from services.capture.http_camera import check, client_for, refused
from services.capture.multipart import MultipartParser, boundary_of
from services.capture.newest import newest
from services.capture.pictures import measure
from services.capture.sources.contracts import READ_SECONDS, Opening, Picture, Pictures
from shared.cameras import MjpegSource
from shared.clock import now
from shared.errors import BadPicture, SourceError


@dataclass(frozen=True)
class _Arrival:
    jpeg: bytes
    at: datetime


def open_source(source: MjpegSource, opening: Opening) -> Pictures:
    """The camera's newest pictures, at most `rate` a second, with the bytes that the camera sent."""
    index = 0
    for arrival in newest(_arrivals(source, opening), opening.stopping):
        try:
            still = measure(arrival.jpeg)
        except BadPicture:
            opening.notes.damaged()
            continue
        yield Picture(arrival.at, index, still.width, still.height, jpeg=still.jpeg)
        index += 1


def _arrivals(source: MjpegSource, opening: Opening) -> Iterator[_Arrival]:
    pace = Pace(opening.rate)
    for jpeg in _parts(source, opening):
        opening.notes.arrived()
        if pace.due(time.monotonic()):
            yield _Arrival(jpeg, now())


def _parts(source: MjpegSource, opening: Opening) -> Iterator[bytes]:
    client, url = client_for(source.url)
    try:
        with client, client.stream("GET", url) as response:
            check(response)
            parser = _parser(response)
            pictured = time.monotonic()
            for data in response.iter_raw():
                for part in parser.feed(data):
                    pictured = time.monotonic()
                    opening.notes.alive()
                    yield part
                if time.monotonic() - pictured > READ_SECONDS:
                    raise SourceError(f"The camera sent no whole picture for {READ_SECONDS:.0f} seconds")
    except httpx.HTTPError as error:
        raise refused(error) from None


def _parser(response: httpx.Response) -> MultipartParser:
    content_type = response.headers.get("content-type", "")
    boundary = boundary_of(content_type)
    if not boundary:
        hint = ", use the kind snapshot for single pictures" if content_type.startswith("image/") else ""
        raise SourceError(f"What the camera sends is no MJPEG stream{hint}")
    return MultipartParser(boundary)
