"""Boxes and quadrilaterals in pixels; they own their arithmetic so that nobody repeats it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Point = tuple[float, float]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=64)]
"""A closed polygon in shares of the picture's width and height, 0 to 1, so that it survives a change of resolution."""


class Box(BaseModel):
    """An upright rectangle in pixels; x and y are its upper left corner."""

    model_config = ConfigDict(frozen=True)

    x: int
    y: int
    width: Annotated[int, Field(ge=0)]
    height: Annotated[int, Field(ge=0)]

    @property
    def center(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> int:
        return self.width * self.height

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        shared_width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        shared_height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if shared_width <= 0 or shared_height <= 0:
            return 0.0
        overlap = shared_width * shared_height
        return overlap / (self.area + other.area - overlap)

    def clamp(self, width: int, height: int) -> Box:
        """The part of the box that lies inside a picture of this size."""
        left, top = max(0, min(self.x, width)), max(0, min(self.y, height))
        right, bottom = max(left, min(self.x + self.width, width)), max(top, min(self.y + self.height, height))
        return Box(x=left, y=top, width=right - left, height=bottom - top)

    def grow(self, share: float) -> Box:
        """The box with a margin of `share` of its height on every side (may leave the picture: clamp it)."""
        margin = round(self.height * share)
        return Box(x=self.x - margin, y=self.y - margin, width=self.width + 2 * margin, height=self.height + 2 * margin)

    def as_list(self) -> list[int]:
        return [self.x, self.y, self.width, self.height]


class Quad(BaseModel):
    """Four corners in pixels, clockwise from the upper left one as it is read."""

    model_config = ConfigDict(frozen=True)

    corners: tuple[Point, Point, Point, Point]

    @property
    def box(self) -> Box:
        """The upright rectangle around the corners."""
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        left, top = int(min(xs)), int(min(ys))
        return Box(x=left, y=top, width=max(0, round(max(xs)) - left), height=max(0, round(max(ys)) - top))

    @classmethod
    def of_box(cls, box: Box) -> Quad:
        right, bottom = float(box.x + box.width), float(box.y + box.height)
        x, y = float(box.x), float(box.y)
        return cls(corners=((x, y), (right, y), (right, bottom), (x, bottom)))
