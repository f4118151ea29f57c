from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from services.capture.pictures import LUMA_WIDTH, encode, jpeg_of, load, luma, measure
from services.capture.sources.contracts import Picture
from shared.errors import BadPicture
from shared.testing import NOON


def a_jpeg(width: int = 320, height: int = 200, *, orientation: int = 1, mode: str = "RGB") -> bytes:
    """A picture whose upper left quarter is white and whose rest is black."""
    picture = Pillow.new(mode, (width, height))
    picture.paste(Pillow.new(mode, (width // 2, height // 2), "white"))
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95, exif=exif)
    return buffer.getvalue()


def a_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_keeps_its_bytes(mode: str) -> None:
    data = a_jpeg(mode=mode)
    still = load(data)
    assert (still.jpeg, still.width, still.height) == (data, 320, 200)


def test_the_size_of_a_jpeg_on_its_side_is_that_of_the_upright_picture() -> None:
    still = load(a_jpeg(orientation=6))
    assert (still.width, still.height) == (200, 320)


def test_a_png_becomes_a_jpeg() -> None:
    buffer = io.BytesIO()
    Pillow.new("RGBA", (64, 48), (255, 0, 0, 255)).save(buffer, "PNG")
    pixels = cv2.imdecode(np.frombuffer(load(buffer.getvalue()).jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert np.abs(pixels[20, 20].astype(int) - (0, 0, 255)).max() < 6


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>not found</html>", a_jpeg()[:-300], a_png(20000, 20000), a_png(10000, 10000), a_png(100, 100)],
    ids=["empty", "html", "cut off", "400 megapixels", "100 megapixels", "no pixels"],
)
def test_what_is_no_whole_picture_of_a_sane_size_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture):
        load(data)


def test_a_cameras_jpeg_is_measured_without_being_changed() -> None:
    data = a_jpeg(640, 360) + b"\r\n"
    still = measure(data)
    assert (still.jpeg, still.width, still.height) == (data, 640, 360)


@pytest.mark.parametrize("data", [a_jpeg()[:-5], b"", b"GIF89a", b"\xff\xd8\xff\xd9", a_png(10, 10)])
def test_what_is_no_whole_jpeg_of_a_camera_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture):
        measure(data)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (1920, 1080), (100, 50), (3840, 2160)])
def test_luma_is_small_and_the_same_from_pixels_and_from_a_jpeg(width: int, height: int) -> None:
    jpeg = a_jpeg(width, height)
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    from_pixels = luma(Picture(NOON, 0, width, height, image=image.astype(np.uint8)))
    from_jpeg = luma(Picture(NOON, 0, width, height, jpeg=jpeg))
    assert from_pixels.shape == from_jpeg.shape == (round(height * LUMA_WIDTH / width), LUMA_WIDTH)
    assert np.median(np.abs(from_pixels.astype(int) - from_jpeg)) < 6


def test_pixels_become_a_jpeg_and_a_jpeg_stays_as_it_is() -> None:
    image = np.full((20, 30, 3), 128, np.uint8)
    assert measure(jpeg_of(Picture(NOON, 0, 30, 20, image=image))).width == 30
    assert jpeg_of(Picture(NOON, 0, 30, 20, jpeg=b"as it came")) == b"as it came"
    assert measure(encode(image)).height == 20


def test_a_picture_of_nothing_is_refused() -> None:
    with pytest.raises(BadPicture):
        jpeg_of(Picture(NOON, 0, 30, 20))
    with pytest.raises(BadPicture):
        luma(Picture(NOON, 0, 30, 20, jpeg=b"\xff\xd8\xff no picture"))
