"""The empty scene by day, at dusk and by night, drawn once; a frame only mixes two of these pictures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.capture.demo.ground import Ground, fractal
from services.capture.demo.lens import Lens
from services.capture.demo.paint import Canvas, Colour, Floats, Picture, as_picture
from services.capture.demo.roadside import LAMPS, draw_roadside


@dataclass(frozen=True)
class _Hour:
    """What an hour does to colours: the sky from top to horizon, the share of daylight left, how much lamps give."""

    zenith: Colour
    haze: Colour
    daylight: Colour
    lamps: float


_DAY = _Hour((226, 178, 122), (240, 228, 212), (1.0, 1.0, 1.0), 0.0)
_DUSK = _Hour((150, 96, 84), (112, 168, 250), (0.50, 0.52, 0.62), 0.55)
_NIGHT = _Hour((34, 20, 14), (62, 42, 34), (0.21, 0.16, 0.14), 1.0)


@dataclass(frozen=True)
class Backdrop:
    """The three pictures, blue first."""

    day: Picture
    dusk: Picture
    night: Picture

    def at(self, darkness: float) -> Picture:
        """A new picture for 0 (day) to 1 (night); 0.5 is dusk."""
        first, second = (self.day, self.dusk) if darkness < 0.5 else (self.dusk, self.night)
        share = darkness * 2 if darkness < 0.5 else darkness * 2 - 1
        if share == 0:
            return first.copy()
        return as_picture(cv2.addWeighted(first, 1 - share, second, share, 0))


def draw_backdrop(lens: Lens, seed: int) -> Backdrop:
    rng = np.random.default_rng(seed)
    ground, canvas = Ground(lens, rng), Canvas(lens.width, lens.height)
    draw_roadside(canvas, lens, rng)
    clouds = _clouds(lens, rng, ground.first_row)
    pools = sum((ground.spot(x * 0.45, depth, 2.6) for x, depth in LAMPS), np.zeros((1, 1, 1), np.float32))
    made = [_lit(hour, ground, canvas, clouds, np.asarray(pools, np.float32)) for hour in (_DAY, _DUSK, _NIGHT)]
    return Backdrop(*made)


def _clouds(lens: Lens, rng: np.random.Generator, rows: int) -> Floats:
    veil = cv2.resize(fractal(rng, 256, 5)[:48], (lens.width, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(veil * 0.35 + 0.1, 0, 0.7)[..., None], np.float32)


def _lit(hour: _Hour, ground: Ground, canvas: Canvas, clouds: Floats, pools: Floats) -> Picture:
    rows, width = clouds.shape[:2]
    fall = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    zenith, haze = np.array(hour.zenith, np.float32), np.array(hour.haze, np.float32)
    clear = zenith + fall * (haze - zenith)
    sky = np.broadcast_to(clear, (rows, width, 3)) + clouds * (haze - clear) * (1 - 0.6 * hour.lamps)
    daylight, lamp = np.array(hour.daylight, np.float32), np.array((0.26, 0.36, 0.42), np.float32)
    earth = ground.colour * (daylight + pools * lamp * hour.lamps)
    behind = np.concatenate((sky, earth), axis=0, dtype=np.float32)
    standing = np.maximum(canvas.colour * daylight, canvas.light * hour.lamps)
    return as_picture(behind * (1 - canvas.alpha) + standing)
