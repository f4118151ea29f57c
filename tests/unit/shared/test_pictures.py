"""Only complete pictures of a sane size may reach the decoder."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.errors import BadPicture
from shared.pictures import decode, shrinking, size_of


def picture(width: int = 60, height: int = 40) -> NDArray[np.uint8]:
    ramp = np.linspace(0, 255, width * height * 3).reshape(height, width, 3)
    return ramp.astype(np.uint8)


def encoded(suffix: str, *options: int) -> bytes:
    done, data = cv2.imencode(suffix, picture(), options)
    assert done
    return data.tobytes()


FORMATS = [
    (".jpg", ()),
    (".jpg", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
    (".png", ()),
    (".webp", (cv2.IMWRITE_WEBP_QUALITY, 80)),
    (".webp", (cv2.IMWRITE_WEBP_QUALITY, 101)),
    (".bmp", ()),
]


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02\0\0\0" + b"....IEND"


@pytest.mark.parametrize(("suffix", "options"), FORMATS)
def test_each_format_is_decoded_with_the_size_its_header_says(suffix: str, options: tuple[int, ...]) -> None:
    data = encoded(suffix, *options)
    assert size_of(data) == (60, 40)
    pixels = decode(data)
    assert pixels.shape == (40, 60, 3)
    assert np.abs(pixels.astype(int) - picture().astype(int)).mean() < 4


@pytest.mark.parametrize(("suffix", "options"), FORMATS)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_picture_that_is_cut_short_is_refused(suffix: str, options: tuple[int, ...], share: float) -> None:
    data = encoded(suffix, *options)
    with pytest.raises(BadPicture):
        decode(data[: int(len(data) * share)])


def test_a_camera_that_held_the_phone_sideways_gives_an_upright_picture() -> None:
    assert decode(with_orientation(encoded(".jpg"), 6)).shape == (60, 40, 3)


def test_bytes_behind_the_end_of_a_jpeg_do_no_harm() -> None:
    assert decode(encoded(".jpg") + b"\0" * 100).shape == (40, 60, 3)


@pytest.mark.parametrize(("width", "height"), [(12_001, 10), (10, 12_001), (10_000, 10_000), (2**31, 2**31)])
def test_a_picture_that_is_too_large_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    with pytest.raises(BadPicture, match="at most 12,000 a side and 50 megapixels"):
        decode(png_header(width, height))


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(BadPicture, match="no pixels"):
        decode(png_header(0, 10))


@pytest.mark.parametrize("data", [b"hello", b"GIF89a" + b"\0" * 40, b"%PDF-1.7", b"<svg></svg>", b"RIFF\0\0\0\0WAVE"])
def test_other_formats_are_refused_by_their_first_bytes(data: bytes) -> None:
    with pytest.raises(BadPicture, match="not a JPEG, PNG, WebP or BMP"):
        decode(data)


def test_nothing_is_no_picture() -> None:
    with pytest.raises(BadPicture, match="empty"):
        decode(b"")


def test_a_header_without_content_is_refused() -> None:
    with pytest.raises(BadPicture, match="broken"):
        decode(png_header(10, 10))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([suffix for suffix, _ in FORMATS]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8),
)
def test_damaged_bytes_give_a_picture_or_a_bad_picture_and_nothing_else(
    suffix: str, damage: list[tuple[int, int]]
) -> None:
    data = bytearray(encoded(suffix))
    for place, value in damage:
        data[place % len(data)] = value
    try:
        pixels = decode(bytes(data))
    except BadPicture:
        return
    assert pixels.ndim == 3
    assert pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ("width", "height", "long_side", "times"),
    [(1920, 1080, 512, 2), (3840, 2160, 512, 4), (1080, 1920, 512, 2), (640, 480, 512, 1), (12000, 9000, 512, 8)],
)
def test_a_picture_is_shrunk_as_far_as_its_long_side_allows(
    width: int, height: int, long_side: int, times: int
) -> None:
    assert shrinking(width, height, long_side) == times
    assert shrinking(width, height, 0) == 1


@pytest.mark.parametrize("times", [2, 4, 8])
def test_a_shrunk_picture_shows_the_same(times: int) -> None:
    small = decode(encoded(".jpg", cv2.IMWRITE_JPEG_QUALITY, 98), times)
    assert small.shape == (40 // times, -(-60 // times), 3)
    assert abs(float(small.mean()) - float(picture().mean())) < 4
