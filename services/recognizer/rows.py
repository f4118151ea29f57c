"""Pure rules for plates with two rows: where the rows lie, and how their texts become one."""

from __future__ import annotations

from services.recognizer.contracts import RawText
from services.recognizer.rectify import side_lengths
from shared.geometry import Point, Quad

TWO_ROWS_BELOW = 2.6
"""Width to height; only plates that are less wide can have two rows."""
UPPER, LOWER = (0.0, 0.55), (0.43, 1.0)
"""Where the rows lie, as shares of the plate's height."""


def can_have_two(quad: Quad) -> bool:
    width, height = side_lengths(quad)
    return width < TWO_ROWS_BELOW * height


def bands(quad: Quad) -> tuple[Quad, Quad]:
    """The parts of a plate that hold its upper and its lower row."""
    return _band(quad, *UPPER), _band(quad, *LOWER)


def joined(first: RawText, second: RawText) -> RawText:
    """Two parts as one line whose second half begins with a break."""
    count = len(first.characters)
    return RawText(
        characters=first.characters + second.characters,
        centers=tuple(c / 2 for c in first.centers) + tuple(0.5 + c / 2 for c in second.centers),
        breaks=first.breaks | {count} | {count + i for i in second.breaks},
    )


def _band(quad: Quad, top: float, bottom: float) -> Quad:
    left_top, right_top, right_bottom, left_bottom = quad.corners
    return Quad(
        corners=(
            _between(left_top, left_bottom, top),
            _between(right_top, right_bottom, top),
            _between(right_top, right_bottom, bottom),
            _between(left_top, left_bottom, bottom),
        )
    )


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
