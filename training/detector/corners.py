"""Estimates the four corners of plates that are labelled with a box only, from the slant of the text found on them.

Run once before training, with an engine of the product: `python -m training.detector corners`. A camera above a road
rolls little, so a plate's left and right sides are taken as upright; its upper and lower sides have the text's slant.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from services.recognizer.contracts import Locator
from shared.geometry import Quad

ROOM = 0.35
"""Of the box's height, looked at around it."""
LONG_SIDE = 480
"""Of the enlarged crop in which text is looked for."""
LEAST_SHARE = 0.35
"""Of the box's width that the text must span to be believed."""
MOST_SLANT = 0.6

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


def estimate(folder: Path, locator: Locator) -> Iterator[dict[str, object]]:
    """For each labelled box of a folder `{"file", "box", "corners"}` where text tells the slant."""
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        boxes = [plate["box"] for plate in label["plates"] if plate["box"]]
        picture = cv2.imread(str(folder / label["file"])) if boxes else None
        if picture is None:
            continue
        for box in boxes:
            corners = _corners(picture.astype(np.uint8), box, locator)
            if corners is not None:
                yield {"file": label["file"], "box": box, "corners": corners}


def _corners(
    picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], box: list[int], locator: Locator
) -> Corners | None:
    x, y, width, height = box
    room = round(height * ROOM)
    left, top = max(0, x - room), max(0, y - room)
    crop = picture[top : y + height + room, left : x + width + room]
    scale = LONG_SIDE / max(crop.shape[:2])
    larger = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    lines = (place.corners for place in locator.locate(larger))
    slants = [slant for line in lines if (slant := _slant(line, width * scale)) is not None]
    if not slants:
        return None
    slant = float(np.median(slants))
    drop = width * slant
    tall = height - abs(drop)
    if abs(slant) > MOST_SLANT or tall < height * 0.3:
        return None
    upper_left = y + max(0.0, -drop)
    upper_right = upper_left + drop
    return (
        (x, upper_left),
        (x + width, upper_right),
        (x + width, upper_right + tall),
        (x, upper_left + tall),
    )


def _slant(quad: Quad, width: float) -> float | None:
    """Fall of the text per step to the right; None for a text too short to tell."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad.corners
    run = (bx - ax + cx - dx) / 2
    if run < LEAST_SHARE * width or math.hypot(bx - ax, by - ay) < 2 * math.hypot(dx - ax, dy - ay):
        return None
    return (by - ay + cy - dy) / 2 / run
