"""Pure rules for which found text lines may be plates, and which two of them may be parts of one plate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from services.recognizer.rectify import side_lengths
from shared.geometry import Point, Polygon, Quad

MIN_WIDTH, MIN_HEIGHT = 18.0, 6.0
MAX_SHARE = 0.5
"""Of the picture's height; what is taller is a shop front, not a plate."""
MIN_ASPECT, MAX_ASPECT = 0.9, 10.0
MAX_TILT = math.radians(40)
ALIKE, MAX_TURN = 0.55, math.radians(12)
"""How much the heights and directions of two parts of one plate may differ."""


def plausible(quad: Quad, width: int, height: int, regions: Sequence[Polygon] = ()) -> bool:
    """Whether a text line has a plate's size, shape and tilt and its middle lies in one of the regions (if any)."""
    along, across = side_lengths(quad)
    if along < MIN_WIDTH or not MIN_HEIGHT <= across <= height * MAX_SHARE:
        return False
    if not MIN_ASPECT <= along / across <= MAX_ASPECT or abs(_tilt(quad)) > MAX_TILT:
        return False
    return within(quad, width, height, regions)


def within(quad: Quad, width: int, height: int, regions: Sequence[Polygon]) -> bool:
    """Whether the middle lies in one of the regions, or anywhere when there are none."""
    x, y = _middle(quad)
    return not regions or any(inside((x / width, y / height), region) for region in regions)


def inside(point: Point, polygon: Polygon) -> bool:
    """Even-odd rule."""
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossings += 1
    return crossings % 2 == 1


def stacked(quads: Sequence[Quad]) -> tuple[tuple[int, int], ...]:
    """Pairs (upper, lower) that can be the two rows of one plate: alike in height, one right above the other."""
    return _pairs(quads, _is_above)


def abreast(quads: Sequence[Quad]) -> tuple[tuple[int, int], ...]:
    """Pairs (left, right) that can be one plate's row, parted at a wide gap: alike in height, on one line, close."""
    return _pairs(quads, _is_beside)


def _pairs(quads: Sequence[Quad], related: Callable[[Quad, Quad], bool]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (i, j)
        for i, first in enumerate(quads)
        for j, second in enumerate(quads)
        if i != j and _alike(first, second) and related(first, second)
    )


def _alike(a: Quad, b: Quad) -> bool:
    one, other = side_lengths(a)[1], side_lengths(b)[1]
    return min(one, other) > ALIKE * max(one, other) and abs(_tilt(a) - _tilt(b)) < MAX_TURN


def _is_above(upper: Quad, lower: Quad) -> bool:
    taller = max(side_lengths(upper)[1], side_lengths(lower)[1])
    wider = max(side_lengths(upper)[0], side_lengths(lower)[0])
    (x1, y1), (x2, y2) = _middle(upper), _middle(lower)
    return wider < 5.0 * taller and abs(x1 - x2) < 0.3 * wider and 0.6 * taller < y2 - y1 < 1.6 * taller


def _is_beside(left: Quad, right: Quad) -> bool:
    (left_width, left_height), (right_width, right_height) = side_lengths(left), side_lengths(right)
    taller = max(left_height, right_height)
    (x1, y1), (x2, y2) = _middle(left), _middle(right)
    tilt = (_tilt(left) + _tilt(right)) / 2
    along = (x2 - x1) * math.cos(tilt) + (y2 - y1) * math.sin(tilt)
    across = abs((y2 - y1) * math.cos(tilt) - (x2 - x1) * math.sin(tilt))
    gap = along - (left_width + right_width) / 2
    return -0.3 * taller < gap < 1.0 * taller and across < 0.3 * taller


def _middle(quad: Quad) -> Point:
    return sum(x for x, _ in quad.corners) / 4, sum(y for _, y in quad.corners) / 4


def _tilt(quad: Quad) -> float:
    (x1, y1), (x2, y2) = quad.corners[0], quad.corners[1]
    return math.atan2(y2 - y1, x2 - x1)
