"""Cameras that give one picture each time they are asked over HTTP."""

from __future__ import annotations

import time

import httpx

from services.capture.http_camera import check, client_for, refused
from services.capture.pictures import MAX_BYTES, Still, load, measure
from services.capture.sources.contracts import OPEN_SECONDS, READ_SECONDS, Opening, Picture, Pictures
from shared.cameras import SnapshotSource
from shared.clock import now
from shared.errors import BadPicture, SourceError

_BAD_IN_A_ROW = 10


def open_source(source: SnapshotSource, opening: Opening) -> Pictures:
    """One picture each 1/rate seconds, or as fast as the camera gives them."""
    client, url = client_for(source.url)
    index = bad = 0
    with client:
        while not opening.stopping():
            began = time.monotonic()
            data = _ask(client, url)
            opening.notes.alive()
            opening.notes.arrived()
            try:
                still = _still(data)
            except BadPicture as error:
                opening.notes.damaged()
                bad += 1
                if bad >= _BAD_IN_A_ROW:
                    raise SourceError(f"The camera sends no usable picture: {error}") from None
            else:
                yield Picture(now(), index, still.width, still.height, jpeg=still.jpeg)
                index, bad = index + 1, 0
            opening.wait(max(0.0, began + 1 / opening.rate - time.monotonic()))


def _ask(client: httpx.Client, url: str) -> bytes:
    data = bytearray()
    began = time.monotonic()
    try:
        with client.stream("GET", url) as response:
            check(response)
            for part in response.iter_bytes():
                data += part
                if len(data) > MAX_BYTES or time.monotonic() - began > OPEN_SECONDS + READ_SECONDS:
                    raise SourceError("The camera sends a picture without end: is this the address of a stream?")
    except httpx.HTTPError as error:
        raise refused(error) from None
    return bytes(data)


def _still(data: bytes) -> Still:
    return measure(data) if data.startswith(b"\xff\xd8") else load(data)
