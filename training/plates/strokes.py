"""Draws plate lettering of our own from strokes, because the dies of real plates are in no free font.

Each character is a few strokes in a box one wide and one high. Width, thickness, rounding of corners and the shape of
stroke ends vary, which covers the range from German and Dutch dies to the round ones of the Americas.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Stroke = tuple[tuple[float, float], ...]

_O: Stroke = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
SHAPES: dict[str, tuple[Stroke, ...]] = {
    "A": (((0, 1), (0.5, 0), (1, 1)), ((0.18, 0.68), (0.82, 0.68))),
    "B": (((0, 0.48), (0.95, 0.48), (0.95, 0), (0, 0), (0, 1), (1, 1), (1, 0.48), (0.5, 0.48)),),
    "C": (((1, 0.28), (1, 0), (0, 0), (0, 1), (1, 1), (1, 0.72)),),
    "D": (((0.3, 0), (0, 0), (0, 1), (0.3, 1)), ((0.1, 0), (1, 0), (1, 1), (0.1, 1))),
    "E": (((1, 0), (0, 0), (0, 1), (1, 1)), ((0, 0.48), (0.85, 0.48))),
    "F": (((1, 0), (0, 0), (0, 1)), ((0, 0.5), (0.85, 0.5))),
    "G": (((1, 0.27), (1, 0), (0, 0), (0, 1), (1, 1), (1, 0.55), (0.55, 0.55)),),
    "H": (((0, 0), (0, 1)), ((1, 0), (1, 1)), ((0, 0.5), (1, 0.5))),
    "I": (((0.5, 0), (0.5, 1)),),
    "J": (((1, 0), (1, 1), (0, 1), (0, 0.7)),),
    "K": (((0, 0), (0, 1)), ((1, 0), (0.1, 0.58)), ((0.32, 0.44), (1, 1))),
    "L": (((0, 0), (0, 1), (1, 1)),),
    "M": (((0, 1), (0, 0), (0.5, 0.62), (1, 0), (1, 1)),),
    "N": (((0, 1), (0, 0), (1, 1), (1, 0)),),
    "O": (_O,),
    "P": (((0, 1), (0, 0), (1, 0), (1, 0.56), (0, 0.56)),),
    "Q": (_O, ((0.6, 0.72), (1.05, 1.05))),
    "R": (((0, 1), (0, 0), (1, 0), (1, 0.54), (0, 0.54)), ((0.5, 0.54), (1, 1))),
    "S": (((1, 0.25), (1, 0), (0, 0), (0, 0.49), (1, 0.49), (1, 1), (0, 1), (0, 0.75)),),
    "T": (((0, 0), (1, 0)), ((0.5, 0), (0.5, 1))),
    "U": (((0, 0), (0, 1), (1, 1), (1, 0)),),
    "V": (((0, 0), (0.5, 1), (1, 0)),),
    "W": (((0, 0), (0.22, 1), (0.5, 0.25), (0.78, 1), (1, 0)),),
    "X": (((0, 0), (1, 1)), ((1, 0), (0, 1))),
    "Y": (((0, 0), (0.5, 0.52), (1, 0)), ((0.5, 0.5), (0.5, 1))),
    "Z": (((0, 0), (1, 0), (0, 1), (1, 1)),),
    "0": (_O,),
    "1": (((0.1, 0.25), (0.6, 0), (0.6, 1)),),
    "2": (((0, 0.25), (0, 0), (1, 0), (1, 0.42), (0, 1), (1, 1)),),
    "3": (((0, 0.22), (0, 0), (0.95, 0), (0.95, 0.47), (0.35, 0.47)),
          ((0.4, 0.47), (1, 0.47), (1, 1), (0, 1), (0, 0.78))),
    "4": (((0.6, 0), (0, 0.7), (1, 0.7)), ((0.72, 0.4), (0.72, 1))),
    "5": (((0.95, 0), (0.08, 0), (0.02, 0.45), (1, 0.4), (1, 1), (0, 1), (0, 0.78)),),
    "6": (((0.75, 0), (0.02, 0.62), (0, 1), (1, 1), (1, 0.45), (0.2, 0.45)),),
    "7": (((0, 0), (1, 0), (0.35, 1)),),
    "8": (((0.5, 0.47), (0.06, 0.47), (0.06, 0), (0.94, 0), (0.94, 0.47), (0.5, 0.47)),
          ((0.5, 0.47), (0, 0.47), (0, 1), (1, 1), (1, 0.47), (0.5, 0.47))),
    "9": (((0.25, 1), (0.98, 0.38), (1, 0), (0, 0), (0, 0.55), (0.8, 0.55)),),
}  # fmt: skip


class _Die(NamedTuple):
    """How one lettering differs: box width and pen as shares of the height, corner rounding as a share of the width."""

    wide: float
    pen: float
    rounding: float
    flat: bool
    slit: bool


_DIES = {
    "die-narrow": _Die(0.50, 0.135, 0.30, True, False),
    "die-german": _Die(0.60, 0.150, 0.22, True, True),
    "die-square": _Die(0.58, 0.160, 0.10, True, False),
    "die-round": _Die(0.54, 0.130, 0.48, False, False),
    "die-wide": _Die(0.68, 0.145, 0.36, False, False),
    "die-thin": _Die(0.52, 0.105, 0.40, True, False),
    "die-dutch": _Die(0.58, 0.140, 0.30, True, True),
    "die-bold": _Die(0.62, 0.185, 0.38, True, False),
}
_NARROW = {"I": 0.15, "1": 0.62, "J": 0.85, "M": 1.18, "W": 1.3, "L": 0.92, "T": 1.05}
_SHARP = "AKMNVWXYZ47"
_SHARP_LEFT = "BDEFLPR25"
_SCALE = 4


def stroke_fonts(characters: str, height: int) -> dict[str, dict[str, NDArray[np.uint8]]]:
    """Per lettering the coverage of each character, shape (height, width), cut to the ink."""
    return {name: {c: _draw(c, die, height) for c in characters} for name, die in _DIES.items()}


def _draw(character: str, die: _Die, height: int) -> NDArray[np.uint8]:
    tall = height * _SCALE
    pen = max(2, round(die.pen * tall))
    wide = die.wide * tall * _NARROW.get(character, 0.86 if character == "0" and die.slit else 1.0)
    margin = 2 * pen
    canvas = np.zeros((tall + 2 * margin, round(wide) + 2 * margin), np.uint8)
    inner = np.array([max(1.0, wide - pen), tall - pen])
    rounding = 0.0 if character in _SHARP else die.rounding * min(wide, tall / 2)
    for stroke in SHAPES[character]:
        shape = np.array(stroke)
        sharp = (shape[:, 0] < 0.09) & (shape[:, 1] != (1 if character == "5" else 0.25)) & (character in _SHARP_LEFT)
        sharp &= ~((shape[:, 1] == 0) & (character == "2"))
        radii = np.where(sharp, 0.0, rounding)
        _line(canvas, _rounded(shape * inner + margin + pen / 2, radii), pen, die.flat)
    if character == "0" and die.slit:
        x, y = round(margin + wide * 0.95), round(margin + tall * 0.05)
        cv2.line(canvas, (x, y), (x - pen, y + pen), (0,), max(1, pen // 4))
    left, top, width, high = cv2.boundingRect(canvas)
    ink = canvas[top : top + high, left : left + width]
    out = (max(4, round(width / _SCALE)), height)
    return cv2.resize(ink, out, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _rounded(points: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inner corners replaced by quadratic curves; a closed stroke's seam too."""
    closed = bool((points[0] == points[-1]).all())
    if radii.max() < 1 or len(points) < 3:
        return points
    path = np.concatenate([points[-2:-1], points]) if closed else points
    inner = radii[:-1] if closed else radii[1:-1]
    curved = [] if closed else [points[:1]]
    t = np.linspace(0, 1, 9)[:, None]
    for before, corner, after, radius in zip(path, path[1:], path[2:], inner, strict=False):
        start, end = (corner + _towards(corner, other, radius) for other in (before, after))
        curved.append((1 - t) ** 2 * start + 2 * t * (1 - t) * (corner * 0.7 + (start + end) * 0.15) + t**2 * end)
    curved.append(curved[0][:1] if closed else points[-1:])
    return np.concatenate(curved)


def _towards(corner: NDArray[np.float64], other: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    away = other - corner
    length = float(np.hypot(*away))
    return away * (min(radius, length / 2) / max(length, 1e-6))


def _line(canvas: NDArray[np.uint8], points: NDArray[np.float64], pen: int, flat: bool) -> None:
    """One stroke; flat ends are cut square where the stroke starts and stops."""
    whole = [np.round(points).astype(np.int32)]
    cv2.polylines(canvas, whole, isClosed=False, color=(255,), thickness=pen, lineType=cv2.LINE_AA)
    if flat and not (points[0] == points[-1]).all():
        for end, inner in ((points[0], points[1]), (points[-1], points[-2])):
            _cut(canvas, end, inner, pen)


def _cut(canvas: NDArray[np.uint8], end: NDArray[np.float64], inner: NDArray[np.float64], pen: int) -> None:
    """Makes a round end square, level with where the round one reached."""
    along = end - inner
    along = along / max(float(np.hypot(*along)), 1e-6)
    across = np.array([-along[1], along[0]])
    corners = [end + across * pen / 2, end + (along + across) * pen / 2, end + (along - across) * pen / 2]
    corners.append(end - across * pen / 2)
    cv2.fillConvexPoly(canvas, np.round(np.array(corners)).astype(np.int32), (255,), cv2.LINE_AA)
