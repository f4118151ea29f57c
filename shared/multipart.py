"""A form with files as the bytes of an HTTP body (RFC 7578); pure, so that the same parts give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One file of a form. Name and file name hold ASCII without quotes."""

    name: str
    filename: str
    content_type: str
    data: bytes


def multipart(boundary: str, parts: Sequence[Part]) -> bytes:
    """Args: boundary: occurs in none of the parts."""
    return b"".join(_head(boundary, part) + part.data + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _head(boundary: str, part: Part) -> bytes:
    place = f'Content-Disposition: form-data; name="{part.name}"; filename="{part.filename}"'
    return f"--{boundary}\r\n{place}\r\nContent-Type: {part.content_type}\r\n\r\n".encode()
