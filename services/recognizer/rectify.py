"""Pure geometry between a found quadrilateral and the upright crop that a reader wants."""

from __future__ import annotations

import math

import cv2
import numpy as np

from services.recognizer.contracts import Picture
from shared.geometry import Point, Quad

MIN_HEIGHT, MAX_HEIGHT = 48, 128
"""Crops are scaled up to at least what readers take, and never kept larger than helps."""
MAX_ASPECT = 12.0
SHARPNESS_HEIGHT = 32


def side_lengths(quad: Quad) -> tuple[float, float]:
    """Width along the reading direction and height, in pixels, each the mean of two opposite sides."""
    a, b, c, d = quad.corners
    return (math.dist(a, b) + math.dist(d, c)) / 2, (math.dist(a, d) + math.dist(b, c)) / 2


def widen(quad: Quad, along: float, across: float) -> Quad:
    """The quadrilateral grown by shares of its height: `along` the text at each end, `across` above and below."""
    corners = np.array(quad.corners)
    width, height = side_lengths(quad)
    if width <= 0 or height <= 0:
        return quad
    right = ((corners[1] - corners[0]) + (corners[2] - corners[3])) / 2 / width
    down = ((corners[3] - corners[0]) + (corners[2] - corners[1])) / 2 / height
    steps = np.array([[-along, -across], [along, -across], [along, across], [-along, across]]) * height
    return _quad(corners + steps[:, :1] * right + steps[:, 1:] * down)


def straighten(image: Picture, quad: Quad) -> Picture:
    """The quadrilateral as an upright crop; what lies outside the picture repeats its border."""
    width, height = side_lengths(quad)
    out_height = int(min(MAX_HEIGHT, max(MIN_HEIGHT, round(height))))
    out_width = max(8, round(min(MAX_ASPECT, width / max(height, 1.0)) * out_height))
    target = np.array([(0, 0), (out_width, 0), (out_width, out_height), (0, out_height)], np.float32)
    warp = cv2.getPerspectiveTransform(np.array(quad.corners, np.float32), target)
    return cv2.warpPerspective(
        image, warp, (out_width, out_height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)


def sharpness(crop: Picture) -> float:
    """Variance of the Laplacian at 32 px height, so that near and far plates compare."""
    width = max(1, round(crop.shape[1] * SHARPNESS_HEIGHT / crop.shape[0]))
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    scaled = cv2.resize(grey, (width, SHARPNESS_HEIGHT), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(scaled, cv2.CV_64F).var())


def _quad(corners: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Quad:
    points: list[Point] = [(float(x), float(y)) for x, y in corners]
    return Quad(corners=(points[0], points[1], points[2], points[3]))
