"""Filled outlines with gradients on a picture that has a day side and a light of its own, and type from Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
"""Height x width (x channels), blue first."""
Floats = NDArray[np.float32]
Colour = tuple[float, float, float]
"""Blue, green, red, 0 to 255."""
Outline = Floats
"""Corners in pixels, n x 2, with parts of a pixel."""

_SHIFT = 4  # bits after the point in OpenCV's corners
_COARSE = 8.0  # pixels


def outline(corners: Sequence[tuple[float, float]]) -> Outline:
    return np.array(corners, np.float32)


def rounded(corners: Outline, passes: int = 2, cut: float = 0.25) -> Outline:
    """The outline with its corners cut again and again (Chaikin), which makes the curves of a car body.

    `cut` is the share of each edge that the first pass takes off at either end: less is nearer to the given corners.
    """
    for _ in range(passes + 1):
        following = np.roll(corners, -1, axis=0)
        near, far = corners * (1 - cut) + following * cut, corners * cut + following * (1 - cut)
        corners = np.stack((near, far), axis=1).reshape(-1, 2).astype(np.float32)
        cut = 0.25
    return corners


def ellipse(centre: tuple[float, float], radii: tuple[float, float]) -> Outline:
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return np.stack((centre[0] + radii[0] * np.cos(turn), centre[1] + radii[1] * np.sin(turn)), axis=1).astype(
        np.float32
    )


def shade(colour: Colour, factor: float) -> Colour:
    """The colour lighter (factor above 1, towards white) or darker (below 1)."""
    if factor <= 1:
        return colour[0] * factor, colour[1] * factor, colour[2] * factor
    lift = min(factor - 1, 1)
    return tuple(c + (255 - c) * lift for c in colour)  # type: ignore[return-value]


def as_picture(values: NDArray[np.floating] | cv2.typing.MatLike) -> Picture:
    """Whatever OpenCV or arithmetic gave, never below 0, as bytes; nothing is copied when it already is."""
    if values.dtype == np.uint8:
        return np.asarray(values, np.uint8)
    return np.asarray(cv2.convertScaleAbs(values), np.uint8)


@dataclass(frozen=True)
class Paint:
    """How an outline is filled: a vertical gradient, how solid, how blurred its rim, and how it shines at night."""

    top: Colour
    bottom: Colour | None = None
    alpha: float = 1.0
    soft: float = 0.0
    light: Colour | None = None


class Canvas:
    """Layers under construction; colour is premultiplied by alpha, light is what remains visible in the dark."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        # One array for all layers, because every fill touches all of them.
        self._layers: Floats = np.zeros((height, width, 7), np.float32)

    @property
    def colour(self) -> Floats:
        return self._layers[..., :3]

    @property
    def light(self) -> Floats:
        return self._layers[..., 3:6]

    @property
    def alpha(self) -> Floats:
        """0 to 1, height x width x 1."""
        return self._layers[..., 6:]

    def fill(self, shape: Outline, paint: Paint, inside: Outline | None = None) -> None:
        """Fill `shape`, cut to `inside` where that is given; what leaves the canvas is dropped."""
        reach = int(3 * paint.soft) + 2
        low = np.maximum(np.floor(shape.min(axis=0)).astype(int) - reach, 0)
        high = np.minimum(np.ceil(shape.max(axis=0)).astype(int) + reach, (self.width, self.height))
        if (high <= low).any():
            return
        window = slice(low[1], high[1]), slice(low[0], high[0])
        size = int(high[0] - low[0]), int(high[1] - low[1])
        mask = _mask(shape - low, size, paint.soft)
        if inside is not None:
            mask = mask * _mask(inside - low, size)
        target = self._layers[window]
        target += (mask * np.float32(paint.alpha))[..., None] * (_values(shape, paint, low[1], high[1]) - target)

    def used(self) -> tuple[slice, slice]:
        """The rows and columns that hold everything drawn so far."""
        drawn = self._layers[..., 6] > 0
        rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

    def paste(self, picture: Picture, corner: tuple[int, int], light: float) -> None:
        """Put a solid picture with its upper left corner at `corner`; `light` is the share that shines at night."""
        x, y = corner
        window = slice(y, y + picture.shape[0]), slice(x, x + picture.shape[1])
        self.colour[window] = picture
        self.alpha[window] = 1
        self.light[window] = picture * np.float32(light)


def _mask(shape: Outline, size: tuple[int, int], soft: float = 0.0) -> Floats:
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [np.rint(shape * (1 << _SHIFT)).astype(np.int32)], (255,), cv2.LINE_AA, _SHIFT)
    if soft > _COARSE:
        # A wide blur loses nothing on a smaller picture and costs a tenth there.
        small = cv2.resize(mask, (max(1, size[0] // 4), max(1, size[1] // 4)), interpolation=cv2.INTER_AREA)
        mask = as_picture(cv2.resize(cv2.GaussianBlur(small, (0, 0), soft / 4), size, interpolation=cv2.INTER_LINEAR))
    elif soft:
        mask = as_picture(cv2.GaussianBlur(mask, (0, 0), soft))
    return mask.astype(np.float32) / np.float32(255)


def _values(shape: Outline, paint: Paint, start: int, stop: int) -> Floats:
    """What the paint puts into the seven layers of each row."""
    light = paint.light or (0.0, 0.0, 0.0)
    top = np.array((*paint.top, *light, 1), np.float32)
    bottom = np.array((*(paint.bottom or paint.top), *light, 1), np.float32)
    first, last = float(shape[:, 1].min()), float(shape[:, 1].max())
    share = np.clip((np.arange(start, stop) - first) / max(last - first, 1), 0, 1).astype(np.float32)[:, None, None]
    return np.asarray(top + (bottom - top) * share, np.float32)


@lru_cache(maxsize=64)
def lettering(text: str, size: int, stroke: int = 0) -> Picture:
    """The text as a grey picture, 255 where there is ink, cut to its ink; in Pillow's own font: we ship none."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text, stroke_width=stroke))
    page = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(page).text((1 - left, 1 - top), text, fill=255, font=font, stroke_width=stroke)
    ink = np.asarray(page)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()


def ink_over(picture: Picture, ink: Picture, corner: tuple[int, int], colour: Colour) -> None:
    """Print `ink` (as from `lettering`) into the picture, which must hold it whole."""
    x, y = corner
    window = picture[y : y + ink.shape[0], x : x + ink.shape[1]]
    cover = ink.astype(np.float32)[..., None] / 255
    window[:] = as_picture(window + cover * (np.array(colour, np.float32) - window))
