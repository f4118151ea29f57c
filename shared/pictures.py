"""Bytes from outside become pixels here, and only after their header says that this is safe."""

from __future__ import annotations

import struct
from typing import NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.errors import BadPicture

MAX_SIDE = 12_000
MAX_PIXELS = 50_000_000

_WAYS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_JPEG, _PNG, _BMP = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM"
# Start-of-frame markers: C0-CF without the tables DHT, JPG and DAC (ITU-T T.81, table B.1).
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FILL, _START_OF_SCAN, _END_OF_IMAGE = 0xFF, 0xDA, b"\xff\xd9"
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def shrinking(width: int, height: int, long_side: int) -> int:
    """How many times smaller a picture may be decoded so that its long side stays at least `long_side`; 0 = no less."""
    return max((times for times in _WAYS if long_side and max(width, height) >= times * long_side), default=1)


def decode(data: bytes, shrink: int = 1) -> NDArray[np.uint8]:
    """A JPEG, PNG, WebP or BMP as BGR pixels, shape (height, width, 3), turned upright as its EXIF says.

    The size is read from the header first, so that a small file cannot ask for gigabytes of memory.

    Args:
        data: the whole file.
        shrink: 1, 2, 4 or 8: how many times smaller; a JPEG is decoded so in a fraction of the time.

    Raises:
        BadPicture: another format, broken, cut short, or larger than MAX_SIDE or MAX_PIXELS.
    """
    width, height = size_of(data)
    if width < 1 or height < 1:
        raise BadPicture("The picture has no pixels")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadPicture(
            f"The picture is {width} x {height} pixels; at most {MAX_SIDE:,} a side and"
            f" {MAX_PIXELS // 1_000_000} megapixels are read"
        )
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _WAYS[shrink])
    except cv2.error:
        pixels = None
    if pixels is None:
        raise BadPicture("The picture is broken and cannot be decoded")
    return pixels.astype(np.uint8, copy=False)


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height from the header of a complete file, before orientation.

    Raises:
        BadPicture: not one of the four formats, or cut short.
    """
    if not data:
        raise BadPicture("The picture is empty")
    try:
        if data.startswith(_JPEG):
            return _jpeg_size(data)
        if data.startswith(_PNG):
            return _png_size(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
        if data.startswith(_BMP):
            return _bmp_size(data)
    except (struct.error, IndexError):
        _cut_short()
    raise BadPicture("This is not a JPEG, PNG, WebP or BMP picture")


def _cut_short() -> NoReturn:
    raise BadPicture("The picture is cut short")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walks the segments to the frame header and on to the scan, behind which the end marker must stand."""
    at, size = 2, None
    while (marker := _marker(data, at)) != _START_OF_SCAN:
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = width, height
        at += _segment_length(data, at, marker)
    # Inside a scan 0xFF is always escaped, and thumbnails lie before it: only the real end matches.
    if data.find(_END_OF_IMAGE, at) < 0:
        _cut_short()
    if size is None:
        raise BadPicture("The picture is broken and cannot be decoded")
    return size


def _marker(data: bytes, at: int) -> int:
    if data[at] != _FILL:
        raise BadPicture("The picture is broken and cannot be decoded")
    return data[at + 1]


def _segment_length(data: bytes, at: int, marker: int) -> int:
    if marker == _FILL:
        return 1
    return 2 if marker in _ALONE else 2 + int(struct.unpack_from(">H", data, at + 2)[0])


def _png_size(data: bytes) -> tuple[int, int]:
    if data.rfind(b"IEND") < 0:
        _cut_short()
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    """RFC 9649: lossy, lossless and extended files keep their size in three different ways."""
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        _cut_short()
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    raise BadPicture("The picture is broken and cannot be decoded")


def _bmp_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<ii", data, 18)
    if struct.unpack_from("<I", data, 2)[0] > len(data):
        _cut_short()
    return abs(width), abs(height)
