"""How many of the plates the network finds: in photos that training never saw, or in any labelled folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector.sources import Picture, Scene

Floats = NDArray[np.float32]
Finder = Callable[[Picture], tuple[Floats, Floats, Floats]]
"""A picture to boxes (n, 4), corners (n, 4, 2), both in pixels, and scores (n,)."""


@dataclass(frozen=True)
class Score:
    """Shares of the labelled plates found (IoU of 0.5 and 0.75), and false finds a picture."""

    plates: int
    found: float
    found_tightly: float
    false_finds: float


def evaluate(scenes: Iterable[Scene], find: Finder, least: float = 0.3) -> Score:
    """Counts finds of at least this score."""
    plates = hit = tight = false = pictures = 0
    for scene in scenes:
        boxes, _, scores = find(scene.picture)
        boxes = boxes[scores >= least]
        pictures += 1
        plates += len(scene.corners)
        best = [max((_iou(_box(quad), box) for box in boxes), default=0.0) for quad in scene.corners]
        hit += sum(value >= 0.5 for value in best)
        tight += sum(value >= 0.75 for value in best)
        false += sum(all(_iou(_box(quad), box) < 0.3 for quad in scene.corners) for box in boxes)
    return Score(plates, hit / max(1, plates), tight / max(1, plates), false / max(1, pictures))


def labelled(folder: Path) -> Iterator[Scene]:
    """The photos of any folder with labels.jsonl."""
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        picture = cv2.imread(str(folder / label["file"]))
        if picture is None:
            raise FileNotFoundError(folder / label["file"])
        boxes = [plate["box"] for plate in label["plates"] if plate["box"]]
        quads = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h in boxes]
        corners = np.array(quads, np.float32).reshape(-1, 4, 2)
        yield Scene(picture.astype(np.uint8, copy=False), corners, np.zeros(len(boxes), bool))


def _box(quad: Floats) -> Floats:
    return np.concatenate((quad.min(0), quad.max(0)))


def _iou(a: Floats, b: Floats) -> float:
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    shared = float(np.prod(np.maximum(0, high - low)))
    areas = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]))
    return shared / max(1e-6, areas - shared)
