"""The road, its markings, the pavements and the grass, computed for every pixel from where it lies in the world."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from services.capture.demo.bodies import CAMERA_HEIGHT
from services.capture.demo.lens import Lens
from services.capture.demo.paint import Colour, Floats

LANE = 1.3
"""Metres from the road's middle to the middle of a lane."""
STOP_LINE = 13.2
"""Metres from the camera."""
_KERB, _PAVED, _LAWN = 2.72, 2.9, 4.5  # metres from the middle to where each begins
_PAINT: Colour = (226, 230, 230)


def fractal(rng: np.random.Generator, size: int, octaves: int) -> Floats:
    """A cloudy square texture around 0, which joins itself at its edges."""
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        cells = 2 ** (octave + 2)
        grid = np.pad(rng.standard_normal((cells, cells)).astype(np.float32), 2, mode="wrap")
        step = size / cells
        turn = np.array([[step, 0, -1.5 * step], [0, step, -1.5 * step]], np.float32)
        clouds = cv2.warpAffine(grid, turn, (size, size), flags=cv2.INTER_CUBIC)
        total += np.asarray(clouds, np.float32) / np.float32(octave + 1)
    return np.asarray(total / total.std(), np.float32)


class Ground:
    """The picture of the ground in plain daylight, and how far each of its pixels is from any place."""

    def __init__(self, lens: Lens, rng: np.random.Generator) -> None:
        self.first_row = int(lens.horizon) + 1
        rows = np.arange(self.first_row, lens.height, dtype=np.float32)[:, None]
        columns = np.arange(lens.width, dtype=np.float32)[None, :]
        depth = CAMERA_HEIGHT * lens.focal / (rows - lens.horizon)
        self.x: Floats = ((columns - lens.width / 2) * depth / lens.focal).astype(np.float32)
        self.depth: Floats = np.broadcast_to(depth, self.x.shape).astype(np.float32)
        self._across: Floats = self.depth / lens.focal
        self._along: Floats = self.depth**2 / (lens.focal * CAMERA_HEIGHT)
        self.colour: Floats = self._surfaces(rng)
        self._mark()

    def spot(self, x: float, depth: float, radius: float) -> Floats:
        """How strongly a lamp above this place lights each pixel, 0 to 1."""
        away = ((self.x - x) / radius) ** 2 + ((self.depth - depth) / (radius * 1.6)) ** 2
        return np.asarray(np.exp(-away / 2)[..., None], np.float32)

    def _texture(self, texture: Floats, per_metre: float) -> Floats:
        size = texture.shape[0]
        columns = (self.x * per_metre) % size
        rows = (self.depth * per_metre) % size
        values = cv2.remap(texture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        fade = np.clip(1 / (self._along * per_metre), 0, 1)
        return np.asarray(values * fade, np.float32)

    def _surfaces(self, rng: np.random.Generator) -> Floats:
        fine, broad = self._texture(fractal(rng, 256, 6), 36), self._texture(fractal(rng, 256, 4), 4)
        lanes = np.minimum(np.abs(self.x - LANE), np.abs(self.x + LANE))
        worn = np.exp(-(((lanes - 0.72) / 0.2) ** 2)) * 5 - np.exp(-((lanes / 0.25) ** 2)) * 7
        road = (fine * 4 + broad * 3.5 + worn)[..., None] + np.array((112, 108, 106), np.float32)
        slabs = self._joints() * -16 + fine * 3 + broad * 4
        paved = slabs[..., None] + np.array((152, 158, 162), np.float32)
        lawn = (fine * 9 + broad * 9)[..., None] * np.array((0.6, 1, 0.8)) + np.array((58, 122, 96), np.float32)
        away = np.abs(self.x)
        kerb = np.full_like(road, 186) + (fine * 3)[..., None]
        ground = road + self._from(away, _KERB) * (kerb - road)
        ground += self._from(away, _PAVED) * (paved - ground)
        ground += self._from(away, _LAWN) * (lawn - ground)
        haze = np.clip((self.depth - 60) / 500, 0, 0.55)[..., None]
        return np.asarray(ground + haze * (np.array((214, 206, 198), np.float32) - ground), np.float32)

    def _from(self, distance: Floats, edge: float) -> Floats:
        """1 beyond the edge, 0 before it, one pixel wide in between."""
        return np.asarray(np.clip((distance - edge) / self._across + 0.5, 0, 1)[..., None], np.float32)

    def _joints(self) -> Floats:
        across = np.abs((np.abs(self.x) * 2 + 0.5) % 1 - 0.5) / 2 < self._across * 0.8
        along = np.abs((self.depth * 1.2 + 0.5) % 1 - 0.5) / 1.2 < self._along * 0.8
        near = np.clip(1 - self._along * 2, 0, 1)
        return np.asarray((across | along) * near, np.float32)

    def _mark(self) -> None:
        dashes = np.clip((1.5 - np.abs((self.depth % 6) - 3)) / self._along + 0.5, 0, 1)
        self._paint(self._strip(0.0, 0.06) * dashes.astype(np.float32))
        for side in (-2.55, 2.55):
            self._paint(self._strip(side, 0.05))
        in_line = np.clip((0.15 - np.abs(self.depth - STOP_LINE)) / self._along + 0.5, 0, 1)
        self._paint(self._strip(-LANE, 1.12) * in_line.astype(np.float32))
        for depth, towards in ((19.0, -1), (31.0, -1), (25.0, 1), (37.0, 1)):
            self._paint(self._arrow(LANE * towards, depth, towards))

    def _strip(self, middle: float, half: float) -> Floats:
        return np.asarray(np.clip((half - np.abs(self.x - middle)) / self._across + 0.5, 0, 1), np.float32)

    def _arrow(self, x: float, depth: float, towards: int) -> Floats:
        """A lane arrow of 4 m; `towards` is 1 when it points away from the camera."""
        along: NDArray[np.float32] = (self.depth - depth) * towards
        shaft = (np.abs(along + 0.6) < 1.4) & (np.abs(self.x - x) < 0.08)
        head = (along > 0.8) & (along < 2.2) & (np.abs(self.x - x) < (2.2 - along) * 0.25)
        return np.asarray(cv2.GaussianBlur((shaft | head).astype(np.float32), (0, 0), 0.7), np.float32)

    def _paint(self, cover: Floats) -> None:
        worn = np.clip(0.84 + (self.colour[..., 0] - 108) * 0.02, 0.4, 0.95)
        self.colour += (cover * worn)[..., None] * (np.array(_PAINT, np.float32) - self.colour)
