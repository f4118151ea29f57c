"""What kinds of vehicles drive past, in metres, and where the points of such a body lie on its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.capture.demo.paint import Colour, Outline, outline

CAMERA_HEIGHT = 2.8
"""Metres above the road."""
PIXELS_PER_METRE = 400
"""Of a vehicle's picture, at its nearest face; never shown larger while a plate is readable, so it stays crisp."""
_DRAWN_FROM = 13.5  # metres; perspective inside a picture is that of the stop line
_LEFT, _ABOVE, _BELOW = 1.5, 2.55, 0.25  # metres around the middle of the nearest face's foot

Point = tuple[float, float, float]
"""Metres: to the right of the vehicle's middle, above the road, away from the camera behind the nearest face."""


@dataclass(frozen=True)
class Shape:
    """Measures of a kind of vehicle, in metres; depths count from its nose."""

    width: float = 1.76
    height: float = 1.46
    length: float = 4.2
    nose: float = 0.76
    """Height of the bonnet's front edge."""
    sill: float = 0.98
    """Height of the windows' lower edge."""
    cowl: float = 1.0
    """Depth of the windscreen's lower edge."""
    rake: float = 0.75
    """Depth from the windscreen's lower to its upper edge."""
    roof: float = 0.60
    """Half of the roof's width."""
    tail: float = 0.30
    """Depth from the rear window's lower to its upper edge."""
    rear_plate: float = 0.78
    """Height of the rear plate's middle."""


HATCH = Shape()
SEDAN = Shape(width=1.80, height=1.42, length=4.6, nose=0.74, sill=0.95, cowl=1.15, rake=0.85, tail=0.75)
SUV = Shape(width=1.86, height=1.68, length=4.5, nose=0.92, sill=1.14, cowl=0.95, rake=0.6, roof=0.66, rear_plate=0.86)
VAN = Shape(
    width=1.94, height=2.02, length=4.9, nose=0.98, sill=1.2, cowl=0.6, rake=0.62, roof=0.78, tail=0.1, rear_plate=0.7
)


@dataclass(frozen=True)
class Look:
    """One vehicle's own appearance."""

    shape: Shape
    colour: Colour
    lane: float
    """Metres from the camera's axis to the vehicle's middle, positive to the right."""


@dataclass(frozen=True)
class View:
    """Projects points of a vehicle in its lane onto its picture."""

    lane: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return round(2 * _LEFT * PIXELS_PER_METRE), round((_ABOVE + _BELOW) * PIXELS_PER_METRE)

    @property
    def foot(self) -> tuple[float, float]:
        """Where the middle of the nearest face would touch the road."""
        return _LEFT * PIXELS_PER_METRE, _ABOVE * PIXELS_PER_METRE

    def at(self, point: Point) -> tuple[float, float]:
        x, y, depth = point
        share = _DRAWN_FROM / (_DRAWN_FROM + depth)
        right = (self.lane + x) * share - self.lane
        up = CAMERA_HEIGHT - (CAMERA_HEIGHT - y) * share
        return self.foot[0] + right * PIXELS_PER_METRE, self.foot[1] - up * PIXELS_PER_METRE

    def outline(self, points: Sequence[Point]) -> Outline:
        return outline([self.at(point) for point in points])

    def mirrored(self, right_half: Sequence[Point]) -> Outline:
        """An outline that is symmetric; its right half goes from the top downwards."""
        left_half = [(-x, y, depth) for x, y, depth in reversed(right_half)]
        return self.outline([*right_half, *left_half])
