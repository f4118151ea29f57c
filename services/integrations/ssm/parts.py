"""Reads a camera's multipart stream, whatever form its firmware gives it; pure.

Seen in the field: either case of the header, no header at all, LF and CRLF, no line end before a boundary, parts cut
anywhere. A part without a length is known to be whole when the next begins, when its JSON is, or when nothing follows.
"""

from __future__ import annotations

import json
import re

LARGEST = 1024 * 1024
_HEAD_LINE = re.compile(rb"[A-Za-z0-9-]+:[^\r\n]*\r?\n")
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)


class TooLarge(Exception):
    """A part has no end."""


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type names, quoted or not; None when it is no multipart."""
    found = re.search(r'boundary="?([^";\s]+)', content_type, re.IGNORECASE)
    if not content_type.lower().startswith("multipart/") or not found:
        return None
    return found[1].removeprefix("--").encode("latin-1", "replace")


class PartReader:
    """Gives the bodies of parts."""

    def __init__(self, boundary: bytes) -> None:
        self._mark = re.compile(rb"(?:\r?\n)?--" + re.escape(boundary) + rb"(?:--)?[ \t]*\r?\n")
        self._buffer = b""
        self._inside = False

    def feed(self, data: bytes) -> list[str]:
        """The parts that are whole with these bytes. Raises TooLarge."""
        self._buffer += data
        found = []
        while mark := self._mark.search(self._buffer):
            if self._inside:
                found.append(self._body(self._buffer[: mark.start()]))
            self._buffer, self._inside = self._buffer[mark.end() :], True
        if self._whole():
            found += self.settle()
        if len(self._buffer) > LARGEST:
            raise TooLarge
        return [body for body in found if body]

    def settle(self) -> list[str]:
        """Nothing came for a moment: what stands there and ends like a part is one."""
        head, body = _cut(self._buffer)
        ends = body.endswith(b"\n") or _is_json(body)
        if not self._inside or not body.strip() or not ends or _promised(head, body):
            return []
        self._buffer = b""
        return [self._body(head + body)]

    def _whole(self) -> bool:
        head, body = _cut(self._buffer)
        length = _LENGTH.search(head)
        return self._inside and (_is_json(body) or bool(length and len(body) >= int(length[1])))

    @staticmethod
    def _body(part: bytes) -> str:
        return _cut(part)[1].decode("utf-8", "replace").strip()


def _cut(part: bytes) -> tuple[bytes, bytes]:
    """Head and body. A head has lines like `Name: value` and ends with an empty one; there may be none."""
    at = 0
    while line := _HEAD_LINE.match(part, at):
        at = line.end()
    for end in (b"\r\n", b"\n"):
        if part.startswith(end, at):
            return part[: at + len(end)], part[at + len(end) :]
    if at or _begins_head(part):
        return part, b""
    return b"", part


def _begins_head(part: bytes) -> bool:
    """A head that has not arrived whole is no body."""
    start = part[:13].lower()
    return bool(start) and b"content-type:".startswith(start)


def _promised(head: bytes, body: bytes) -> bool:
    length = _LENGTH.search(head)
    return bool(length and len(body) < int(length[1]))


def _is_json(body: bytes) -> bool:
    text = body.strip()
    if not (text.startswith(b"{") and text.endswith(b"}")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
