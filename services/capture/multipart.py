"""Cuts an HTTP multipart stream (MJPEG) into its parts, as loosely as cameras write it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.errors import SourceError

MAX_HEADERS = 16 * 1024
MAX_PART = 32 * 2**20
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"(?im)^content-length:\s*(\d{1,9})\s*$")
_BOUNDARY = re.compile(r'(?i)boundary="?([^";\s]+)')


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type names; empty when it is no multipart."""
    found = _BOUNDARY.search(content_type)
    return found[1].encode() if found and content_type.lower().startswith("multipart/") else b""


class MultipartParser:
    """Fed with bytes as they come, gives the bodies of the parts that are complete.

    A part's Content-Length is believed when there is one; else the body reaches to the next boundary.
    Cameras disagree whether the dashes belong to the boundary's name, so dashes before it never count.
    """

    def __init__(self, boundary: bytes) -> None:
        self._mark = b"--" + boundary.lstrip(b"-")
        self._buffer = bytearray()
        self._searched = 0
        self._inside = False
        self._length: int | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises SourceError when the stream cannot be multipart: headers or parts without end."""
        self._buffer += data
        while True:
            if not self._inside and not self._enter():
                return
            body = self._body()
            if body is None:
                return
            if body:
                yield body

    def _enter(self) -> bool:
        """Skips to the next boundary and over the part's headers."""
        start = self._buffer.find(self._mark)
        if start < 0:
            del self._buffer[: max(0, len(self._buffer) - len(self._mark))]
            return False
        end = _HEADERS_END.search(self._buffer, start + len(self._mark))
        if end is None:
            if len(self._buffer) - start > MAX_HEADERS:
                raise SourceError("The camera's MJPEG stream has parts without a picture")
            return False
        length = _LENGTH.search(self._buffer, start, end.end())
        self._length = int(length[1]) if length else None
        del self._buffer[: end.end()]
        self._inside, self._searched = True, 0
        return True

    def _body(self) -> bytes | None:
        if (self._length or len(self._buffer)) > MAX_PART:
            raise SourceError("The camera's MJPEG stream has a picture without end")
        if self._length is not None:
            return self._take(self._length) if len(self._buffer) >= self._length else None
        end = self._buffer.find(self._mark, self._searched)
        if end < 0:
            self._searched = max(0, len(self._buffer) - len(self._mark))
            return None
        # A JPEG ends with FF D9, so what follows it belongs to the boundary.
        return self._take(end).rstrip(b"\r\n-")

    def _take(self, count: int) -> bytes:
        body = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._inside = False
        return body
