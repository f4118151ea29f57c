"""Finds lines of text with PP-OCRv6's detector straight through ONNX Runtime, without PaddleOCR.

The network gives each pixel's probability to belong to the shrunken core of a text line (DB, Liao et al. 2020). A core
becomes the smallest rectangle around it, which is then grown back by what training had shrunk it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from services.recognizer.contracts import Picture, Place
from services.recognizer.onnx import Network
from services.recognizer.pp_ocr import model_file
from shared.geometry import Point, Quad

LEAST_SIDE, MOST_SIDE = 640, 960
"""A picture is looked at with its own long side within these bounds: larger finds little more and costs time."""
STRIDE = 32
TEXT, LINE = 0.3, 0.45
"""Probability of a pixel and mean probability of a line from which they count."""
UNCLIP = 1.6
MIN_CORE, MIN_LINE = 3, 5
"""Short sides in the network's pixels."""
MAX_LINES = 1000
# Means and deviations of ImageNet, in the order in which PaddleOCR applies them to BGR.
_SCALE = (1 / 255 / np.array((0.229, 0.224, 0.225))).astype(np.float32)
_SHIFT = (-np.array((0.485, 0.456, 0.406)) / np.array((0.229, 0.224, 0.225))).astype(np.float32)


class PpocrLocator:
    """A picture becomes the quadrilaterals of its text lines."""

    def __init__(self, providers: tuple[str, ...], threads: int) -> None:
        self._network = Network(model_file("det"), providers, threads)

    def locate(self, image: Picture) -> tuple[Place, ...]:
        height, width = image.shape[:2]
        probabilities = self._network.first(_input(image))[0, 0]
        scale = width / probabilities.shape[1], height / probabilities.shape[0]
        return tuple(Place(_on_picture(line, scale, width, height)) for line in lines(probabilities))


def lines(probabilities: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Corners of each text line in pixels of the map, shape (4, 2), clockwise from the upper left one."""
    text = (probabilities > TEXT).astype(np.uint8)
    contours, _ = cv2.findContours(text, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = (_line(contour, probabilities) for contour in contours[:MAX_LINES])
    return [line for line in found if line is not None]


def _line(contour: cv2.typing.MatLike, probabilities: NDArray[np.float32]) -> NDArray[np.float32] | None:
    center, (width, height), angle = cv2.minAreaRect(contour)
    if min(width, height) < MIN_CORE:
        return None
    if _mean(probabilities, cv2.boxPoints((center, (width, height), angle))) < LINE:
        return None
    # Area times ratio over perimeter is DB's own distance; every side moves out by it.
    grown = UNCLIP * width * height / (width + height)
    if min(width, height) + grown < MIN_LINE:
        return None
    return _clockwise(cv2.boxPoints((center, (width + grown, height + grown), angle)))


def _mean(probabilities: NDArray[np.float32], corners: cv2.typing.MatLike) -> float:
    """Mean probability inside the corners."""
    limit = np.array(probabilities.shape[::-1]) - 1
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, limit).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, limit).astype(int)
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], (1,))
    return float(cv2.mean(probabilities[top : bottom + 1, left : right + 1], mask)[0])


def _clockwise(corners: cv2.typing.MatLike) -> NDArray[np.float32]:
    """From the upper one of the two left corners."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    upper_left, lower_left = left[np.argsort(left[:, 1], kind="stable")]
    upper_right, lower_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.array([upper_left, upper_right, lower_right, lower_left], np.float32)


def _input(image: Picture) -> NDArray[np.float32]:
    """Shape (1, 3, height, width), both sides multiples of the stride."""
    height, width = image.shape[:2]
    ratio = min(MOST_SIDE, max(LEAST_SIDE, height, width)) / max(height, width)
    size = _to_stride(width * ratio), _to_stride(height * ratio)
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    values = scaled.astype(np.float32) * _SCALE + _SHIFT
    return np.ascontiguousarray(values.transpose(2, 0, 1))[None]


def _to_stride(side: float) -> int:
    return max(STRIDE, round(math.floor(side) / STRIDE) * STRIDE)


def _on_picture(line: NDArray[np.float32], scale: tuple[float, float], width: int, height: int) -> Quad:
    points = np.clip(np.round(line * scale), 0, (width, height))
    return Quad(corners=_four([(float(x), float(y)) for x, y in points]))


def _four(points: Sequence[Point]) -> tuple[Point, Point, Point, Point]:
    a, b, c, d = points
    return a, b, c, d
