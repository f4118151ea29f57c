"""JPEG in and out: what is passed on as it came, what must be encoded again, and what is no picture at all."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from services.capture.sources.contracts import Image, Picture
from shared.errors import BadPicture
from shared.pictures import decode, size_of

QUALITY = 90
MAX_BYTES = 64 * 2**20
LUMA_WIDTH = 160
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class Still:
    """A whole picture as JPEG; its size is that of the upright picture."""

    jpeg: bytes
    width: int
    height: int


def encode(image: Image) -> bytes:
    """The pixels as JPEG."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise BadPicture("The picture cannot be encoded as JPEG")
    return data.tobytes()


def jpeg_of(picture: Picture) -> bytes:
    """The bytes to send: those of the source where it gave a JPEG. Raises BadPicture when they cannot be made."""
    if picture.jpeg is not None:
        return picture.jpeg
    if picture.image is None:
        raise BadPicture("The picture has neither pixels nor a JPEG")
    return encode(picture.image)


def measure(jpeg: bytes) -> Still:
    """A camera's JPEG with its size, without decoding it. Raises BadPicture when it is none, or cut off."""
    if not jpeg.startswith(_JPEG):
        raise BadPicture("What the camera sends is no JPEG")
    return Still(jpeg, *size_of(jpeg))


def load(data: bytes) -> Still:
    """Any picture file, decoded to be sure that it can be; a JPEG keeps its bytes, orientation mark included.

    Raises:
        BadPicture: not a picture, cut off, or too large.
    """
    pixels = decode(data)
    jpeg = data if data.startswith(_JPEG) else encode(pixels)
    return Still(jpeg, pixels.shape[1], pixels.shape[0])


def luma(picture: Picture) -> npt.NDArray[np.uint8]:
    """A small grey picture, about 160 px wide, in which motion is looked for."""
    if picture.image is not None:
        small = cv2.resize(picture.image, _luma_size(picture), interpolation=cv2.INTER_AREA)
        return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]
    # libjpeg scales while it decodes, which costs a fraction of the whole picture.
    scale = cv2.IMREAD_REDUCED_GRAYSCALE_8 if picture.width >= 8 * LUMA_WIDTH else cv2.IMREAD_REDUCED_GRAYSCALE_2
    grey = cv2.imdecode(np.frombuffer(picture.jpeg or b"", np.uint8), scale)
    if grey is None:
        raise BadPicture("The JPEG cannot be decoded")
    return cv2.resize(grey, _luma_size(picture), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _luma_size(picture: Picture) -> tuple[int, int]:
    return LUMA_WIDTH, max(1, round(picture.height * LUMA_WIDTH / picture.width))
