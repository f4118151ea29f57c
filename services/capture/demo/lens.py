"""Where points of the world lie in the picture of the demo camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.capture.demo.bodies import CAMERA_HEIGHT
from services.capture.demo.paint import Outline, outline
from shared.errors import Invalid

World = tuple[float, float, float]
"""Metres: right of the camera's axis, above the road, away from the camera."""


@dataclass(frozen=True)
class Lens:
    """A level camera with a long lens, shifted down so that the road fills the picture.

    Raises:
        Invalid: too small, or so flat that the sky would be cut off.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 320 or self.horizon < 1:
            raise Invalid(f"The demo scene needs at least 320 x 180 pixels and no flatter shape, not {self}", "size")

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"

    @property
    def focal(self) -> float:
        """Pixels per metre at one metre; set so that a plate at the stop line is 125 of 1280 pixels wide."""
        return self.width * 3000 / 1280

    @property
    def horizon(self) -> float:
        """The row in which the road ends."""
        return self.height - self.width * 650 / 1280

    def scale(self, depth: float) -> float:
        """Pixels per metre at this distance."""
        return self.focal / depth

    def at(self, point: World) -> tuple[float, float]:
        x, y, depth = point
        scale = self.scale(depth)
        return self.width / 2 + x * scale, self.horizon + (CAMERA_HEIGHT - y) * scale

    def outline(self, points: Sequence[World]) -> Outline:
        return outline([self.at(point) for point in points])
