"""The demo camera's picture at any second, and the truth about what is to be read in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.capture.demo.backdrop import draw_backdrop
from services.capture.demo.bodies import CAMERA_HEIGHT
from services.capture.demo.lens import Lens
from services.capture.demo.overlay import Overlay, Pose
from services.capture.demo.paint import Picture, as_picture, ink_over, lettering
from services.capture.demo.plates import draw
from services.capture.demo.timetable import PERIOD, Direction, Drive, course_of, darkness, traffic
from services.capture.demo.vehicles import draw_vehicle

READABLE = 90 / 1280
"""A plate counts as readable from this share of the picture's width on."""
_NAME = "DEMO GATE"
_FADE_FROM, _FADE_TO = 160.0, 240.0  # metres over which a vehicle comes out of the haze
_EXPOSURE_DAY, _EXPOSURE_NIGHT = 1 / 250, 1 / 110  # seconds
_PLATE_HEIGHT = 0.5  # metres; what the motion blur is right for
_NOISE = 3.0  # grey levels
_SHIFTS = 64  # pixels by which the noise wanders
_STEP = 0.02  # seconds


@dataclass(frozen=True)
class Passing:
    """One vehicle of the loop and when its plate can be read, in seconds since the loop began."""

    plate: str
    """In the form in which plates are compared."""
    country: str
    """ISO alpha-3."""
    enters: float
    leaves: float
    direction: Direction


@dataclass(frozen=True)
class PlateBox:
    """A plate that is whole in the picture, in pixels."""

    plate: str
    x: float
    y: float
    width: float
    height: float


class Scene:
    """A car-park gate with traffic in both directions, by day and by night, for ever.

    The same seed, size, second and clock text give the same pixels in every process. Traffic and light repeat after
    `period` seconds. Nothing changes after construction, so several threads may share one scene.

    Raises:
        Invalid: a picture too small or too flat for the scene.
    """

    name = _NAME
    period = PERIOD

    def __init__(self, seed: int = 7, width: int = 1280, height: int = 720) -> None:
        self._lens = Lens(width, height)
        self._backdrop = draw_backdrop(self._lens, seed)
        self._drives = traffic(seed)
        self._sprites = [draw_vehicle(d.look, draw(d.country, d.written), d.incoming) for d in self._drives]
        self._overlays = [Overlay(sprite) for sprite in self._sprites]
        self._vignette = _vignette(width, height)
        rng = np.random.default_rng(seed)
        self._noise = as_picture(rng.normal(128, _NOISE, (height + _SHIFTS, width + _SHIFTS, 3)))
        self._truth = tuple(self._measured(drive) for drive in self._drives)

    def frame(self, t: float, clock: str = "") -> Picture:
        """The picture `t` seconds after the start, height x width x 3, blue first; `clock` is printed into it."""
        second = self._second(t)
        dark = darkness(second)
        picture = self._backdrop.at(dark)
        for number, depth, speed in sorted(self._visible(second), key=lambda seen: -seen[1]):
            self._overlays[number].put(picture, self._pose(number, depth, speed, dark))
        cv2.multiply(picture, self._vignette, dst=picture, scale=1 / 255)
        self._add_noise(picture, second)
        self._print(picture, clock)
        return picture

    def truth(self) -> tuple[Passing, ...]:
        """Every vehicle of the loop, in the order in which they enter; the same in each loop."""
        return tuple(sorted(self._truth, key=lambda passing: passing.enters))

    def plate_boxes(self, t: float) -> list[PlateBox]:
        """Where each plate is that lies whole in the picture at this second, however small or hidden by another car."""
        boxes = [self._plate_box(number, depth) for number, depth, _ in self._visible(self._second(t))]
        return [box for box in boxes if self._holds(box)]

    def _second(self, t: float) -> float:
        """The second of the loop, in whole milliseconds: only then do all loops have the very same pictures."""
        return round(t * 1000) % round(PERIOD * 1000) / 1000

    def _visible(self, second: float) -> list[tuple[int, float, float]]:
        """Number, depth and speed of each vehicle in sight."""
        seen = []
        for number, drive in enumerate(self._drives):
            course = course_of(drive)
            since = (second - drive.gate + PERIOD / 2) % PERIOD - PERIOD / 2
            depth = course.depth(since)
            if depth is not None:
                seen.append((number, depth, course.speed(since)))
        return seen

    def _pose(self, number: int, depth: float, speed: float, dark: float) -> Pose:
        lane = self._drives[number].look.lane
        scale = self._lens.scale(depth)
        exposure = _EXPOSURE_DAY + dark * (_EXPOSURE_NIGHT - _EXPOSURE_DAY)
        drop = (CAMERA_HEIGHT - _PLATE_HEIGHT) * scale * speed / depth
        haze = (_FADE_TO - depth) / (_FADE_TO - _FADE_FROM)
        return Pose(self._lens.at((lane, 0, depth)), scale, dark, min(1.0, max(0.0, haze)), drop * exposure)

    def _plate_box(self, number: int, depth: float) -> PlateBox:
        drive, box, scale = self._drives[number], self._sprites[number].plate, self._lens.scale(depth)
        x, y = self._lens.at((drive.look.lane, 0, depth))
        return PlateBox(drive.plate, x + box.x * scale, y + box.y * scale, box.width * scale, box.height * scale)

    def _holds(self, box: PlateBox) -> bool:
        right, bottom = box.x + box.width, box.y + box.height
        return box.x >= 0 and box.y >= 0 and right <= self._lens.width and bottom <= self._lens.height

    def _measured(self, drive: Drive) -> Passing:
        number, course = self._drives.index(drive), course_of(drive)
        readable = []
        for since in np.arange(course.seconds[0], course.seconds[-1], _STEP):
            depth = course.depth(float(since))
            box = None if depth is None else self._plate_box(number, depth)
            if box and box.width >= READABLE * self._lens.width and self._holds(box):
                readable.append(drive.gate + float(since))
        return Passing(drive.plate, drive.country, round(readable[0], 2), round(readable[-1], 2), drive.direction)

    def _add_noise(self, picture: Picture, second: float) -> None:
        tick = round(second * 1000)
        x, y = tick * 37 % _SHIFTS, tick * 101 // 7 % _SHIFTS
        noise = self._noise[y : y + picture.shape[0], x : x + picture.shape[1]]
        cv2.addWeighted(picture, 1, noise, 1, -128, dst=picture)

    def _print(self, picture: Picture, clock: str) -> None:
        size = max(8, round(self._lens.width * 24 / 1280))
        margin = size * 2 // 3
        for text, right in ((self.name, False), (clock, True)):
            if text:
                ink = lettering(text, size, 0)
                x = picture.shape[1] - margin - ink.shape[1] if right else margin
                ink_over(picture, ink, (x + 2, margin + 2), (0, 0, 0))
                ink_over(picture, ink, (x, margin), (255, 255, 255))


def _vignette(width: int, height: int) -> Picture:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    shade = 1 - 0.16 * np.clip(x**2 * 0.7 + y**2 * 0.5 - 0.25, 0, 1)
    return as_picture(np.repeat((shade * 255)[..., None], 3, axis=2))
