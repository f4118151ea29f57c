"""Finds whole plates with the detector of `models/plate-detector.onnx`: one look at the picture, four corners each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from services.recognizer.contracts import Picture, Place
from services.recognizer.onnx import Network
from shared.geometry import Quad

Floats = NDArray[np.float32]
STRIDES = (8, 16, 32)
STEP = 32
"""The network's sides are multiples of this."""
OVERLAP = 0.45
"""Two finds that share more than this are one plate."""
BORDER = 114
LONG_SIDE = 512
"""Of a picture as the network sees it, in pixels."""
CLEAR, WIDE, SMALLER = 0.5, 0.28, 0.4375
"""Where no find is clear, or one is so wide a share of the picture, it is looked at once more, smaller: a plate that
fills it, of which only a part was seen, is then of a usual size. That costs a fifth of the first look."""


@dataclass(frozen=True)
class Finds:
    """Plates in pixels of the picture, best first: boxes (n, 4) as left, top, right, bottom; corners (n, 4, 2)."""

    boxes: Floats
    corners: Floats
    scores: Floats


@dataclass(frozen=True)
class View:
    """How a picture was fitted into the network's input."""

    scale: float
    height: int
    width: int


def fit(image: Picture, long_side: int) -> tuple[NDArray[np.uint8], View]:
    """The picture with its long side at most `long_side`, never enlarged, padded to multiples of STEP."""
    height, width = image.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    view = View(scale, -(-rows // STEP) * STEP, -(-columns // STEP) * STEP)
    canvas = np.full((view.height, view.width, 3), BORDER, np.uint8)
    canvas[:rows, :columns] = _shrunk(image, columns, rows)
    return canvas, view


def _shrunk(image: Picture, columns: int, rows: int) -> Picture:
    """Halved by averaging as long as that is not too much, then interpolated: a fifth of the time of one averaging."""
    while image.shape[0] >= 2 * rows and image.shape[1] >= 2 * columns:
        even = image[: image.shape[0] & ~1, : image.shape[1] & ~1]
        image = _resized(even, even.shape[1] // 2, even.shape[0] // 2, cv2.INTER_AREA)
    if image.shape[:2] != (rows, columns):
        image = _resized(image, columns, rows, cv2.INTER_LINEAR)
    return image


def _resized(image: Picture, columns: int, rows: int, way: int) -> Picture:
    return cv2.resize(image, (columns, rows), interpolation=way).astype(np.uint8, copy=False)


def decode(raw: Floats, view: View, least: float) -> Finds:
    """Turns raw outputs into plates of at least the score `least`.

    Args:
        raw: (cells, 13), see training/detector/net.py.
    """
    kept = np.flatnonzero(raw[:, 0] > np.log(least / (1 - least)))
    kept = kept[np.isfinite(raw[kept]).all(1)]
    kept = kept[np.argsort(-raw[kept, 0], kind="stable")]
    middles, strides = _cells(view.height, view.width)
    reach = np.exp(np.clip(raw[kept, 1:5], -6, 6)) * strides[kept, None]
    boxes = np.concatenate((middles[kept] - reach[:, :2], middles[kept] + reach[:, 2:]), 1)
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3)
    corners = boxes[:, None, :2] + raw[kept, 5:].reshape(-1, 4, 2) * sides[:, None]
    scores = 1 / (1 + np.exp(-raw[kept, 0]))
    chosen = _distinct(boxes)
    return Finds(boxes[chosen] / view.scale, corners[chosen] / view.scale, scores[chosen])


def _widest(finds: Finds) -> float:
    return float((finds.boxes[:, 2] - finds.boxes[:, 0]).max())


def together(one: Finds, other: Finds) -> Finds:
    """The finds of two looks at the same picture, each plate once."""
    scores = np.concatenate((one.scores, other.scores))
    order = np.argsort(-scores, kind="stable")
    boxes = np.concatenate((one.boxes, other.boxes))[order]
    chosen = _distinct(boxes)
    return Finds(boxes[chosen], np.concatenate((one.corners, other.corners))[order][chosen], scores[order][chosen])


@lru_cache(maxsize=16)
def _cells(height: int, width: int) -> tuple[Floats, Floats]:
    """Middles of all cells (cells, 2) and their strides (cells,), in the network's order."""
    middles, strides = [], []
    for stride in STRIDES:
        ys, xs = np.mgrid[0 : height // stride, 0 : width // stride]
        middles.append((np.stack((xs, ys), -1).reshape(-1, 2) + 0.5) * stride)
        strides.append(np.full(xs.size, stride))
    return np.concatenate(middles).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _distinct(boxes: Floats) -> list[int]:
    """Greedy non-maximum suppression; boxes come best first. Also drops a find that lies inside a better one."""
    kept: list[int] = []
    for i, box in enumerate(boxes):
        if all(_shared(box, boxes[j]) < OVERLAP for j in kept):
            kept.append(i)
    return kept


def _shared(a: Floats, b: Floats) -> float:
    """Intersection as a share of the union, or of the smaller box where that one lies nearly inside."""
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    both = float(np.prod(np.maximum(0, high - low)))
    areas = float(np.prod(a[2:] - a[:2])), float(np.prod(b[2:] - b[:2]))
    return max(both / max(1e-6, sum(areas) - both), both / max(1e-6, min(areas)) - 0.4)


class PlateNetLocator:
    """One look at a picture.

    Args:
        network: pictures (batch, 3, height, width) in 0 to 1 → raw outputs (batch, cells, 13).
        long_side: of the picture as the network sees it, in pixels.
        least: score of a find that counts.
    """

    def __init__(self, network: Network, long_side: int = LONG_SIDE, least: float = 0.3) -> None:
        self._network, self._long_side, self._least = network, long_side, least

    def find(self, image: Picture) -> Finds:
        """All plates of a BGR picture, best first."""
        canvas, view = fit(image, self._long_side)
        finds = self._look(canvas, view)
        if finds.scores.size and finds.scores[0] >= CLEAR and _widest(finds) < WIDE * image.shape[1]:
            return finds
        # From the shrunk picture, which is cheaper than from the whole.
        shrunk = canvas[: max(1, round(image.shape[0] * view.scale)), : max(1, round(image.shape[1] * view.scale))]
        smaller, second = fit(shrunk, round(max(shrunk.shape[:2]) * SMALLER))
        return together(finds, self._look(smaller, replace(second, scale=view.scale * second.scale)))

    def _look(self, canvas: Picture, view: View) -> Finds:
        x = canvas.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
        return decode(self._network.first(x)[0], view, self._least)

    def locate(self, image: Picture) -> tuple[Place, ...]:
        finds = self.find(image)
        return tuple(Place(_quad(q), float(score)) for q, score in zip(finds.corners, finds.scores, strict=True))


def _quad(corners: Floats) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    return Quad(corners=(a, b, c, d))
