"""Puts a vehicle's picture into a frame at any place and size, fast enough for a live camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.capture.demo.bodies import PIXELS_PER_METRE
from services.capture.demo.paint import Floats, Picture, as_picture
from services.capture.demo.vehicles import HALO_PIXELS_PER_METRE, Sprite

_LEVELS = 4
_LONGEST_BLUR = 9.0  # pixels


@dataclass(frozen=True)
class Pose:
    """How a vehicle stands in the picture."""

    foot: tuple[float, float]
    """Pixel of the middle of its nearest face's foot."""
    scale: float
    """Pixels per metre."""
    darkness: float
    """0 by day to 1 by night."""
    opacity: float
    """Below 1 while it comes out of the haze."""
    blur: float
    """Pixels that it moves during the exposure."""


class Overlay:
    """One vehicle with its smaller copies, so that shrinking never skips pixels."""

    def __init__(self, sprite: Sprite) -> None:
        self._sprite = sprite
        self._levels = [(sprite.day, sprite.night)]
        for _ in range(_LEVELS - 1):
            day, night = self._levels[-1]
            self._levels.append((_halved(day), _halved(night)))

    def put(self, frame: Picture, pose: Pose) -> None:
        """Draw the vehicle and what its lamps throw into the frame."""
        level, zoom = 0, pose.scale / PIXELS_PER_METRE
        while zoom < 0.5 and level < _LEVELS - 1:
            level, zoom = level + 1, zoom * 2
        day, night = self._levels[level]
        foot = self._sprite.foot[0] / 2**level, self._sprite.foot[1] / 2**level
        place = _place(frame, (day.shape[1], day.shape[0]), foot, pose.foot, zoom)
        if place is None:
            return
        window, turn = place
        target = frame[window]
        shown = _mixed(_warped(day, turn, target), _warped(night, turn, target), pose.darkness)
        if pose.blur > 0.3:
            shown = as_picture(cv2.sepFilter2D(shown, -1, np.ones(1, np.float32), _streak(pose.blur)))
        if pose.opacity < 1:
            shown = as_picture(cv2.convertScaleAbs(shown, alpha=pose.opacity))
        clear = cv2.cvtColor(255 - shown[..., 3], cv2.COLOR_GRAY2BGR)
        cv2.multiply(target, clear, dst=target, scale=1 / 255)
        cv2.add(target, shown[..., :3], dst=target)
        if pose.darkness > 0:
            self._shine(frame, pose)

    def _shine(self, frame: Picture, pose: Pose) -> None:
        halo = self._sprite.halo
        zoom = pose.scale / HALO_PIXELS_PER_METRE
        place = _place(frame, (halo.shape[1], halo.shape[0]), self._sprite.halo_foot, pose.foot, zoom)
        if place is None:
            return
        window, turn = place
        target = frame[window]
        glow = _warped(halo, turn, target)
        cv2.scaleAdd(glow, pose.darkness * pose.opacity, target, dst=target)


def _halved(picture: Picture) -> Picture:
    size = picture.shape[1] // 2, picture.shape[0] // 2
    return as_picture(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _mixed(day: Picture, night: Picture, darkness: float) -> Picture:
    return as_picture(cv2.addWeighted(day, 1 - darkness, night, darkness, 0))


def _warped(picture: Picture, turn: Floats, target: Picture) -> Picture:
    return as_picture(cv2.warpAffine(picture, turn, (target.shape[1], target.shape[0]), flags=cv2.INTER_LINEAR))


def _place(
    frame: Picture, size: tuple[int, int], anchor: tuple[float, float], at: tuple[float, float], zoom: float
) -> tuple[tuple[slice, slice], Floats] | None:
    """Which part of the frame a picture covers whose `anchor` comes to lie `at`, and how to warp it there."""
    left, top = at[0] - anchor[0] * zoom, at[1] - anchor[1] * zoom
    x0, y0 = max(0, int(np.floor(left))), max(0, int(np.floor(top)))
    x1 = min(frame.shape[1], int(np.ceil(left + size[0] * zoom)))
    y1 = min(frame.shape[0], int(np.ceil(top + size[1] * zoom)))
    if x1 <= x0 or y1 <= y0:
        return None
    turn = np.array([[zoom, 0, left - x0], [0, zoom, top - y0]], np.float32)
    return (slice(y0, y1), slice(x0, x1)), turn


def _streak(length: float) -> Floats:
    """A vertical blur of this many pixels beyond the one that is always there."""
    length = min(length, _LONGEST_BLUR - 1)
    reach = int(np.ceil(length / 2))
    weights = np.ones(2 * reach + 1, np.float32)
    weights[0] = weights[-1] = (length - 2 * (reach - 1)) / 2
    return np.asarray(weights / weights.sum(), np.float32)
