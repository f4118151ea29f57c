"""Made-up foreign script on plates: a reader must learn to leave alone what it cannot read."""

from __future__ import annotations

import cv2
import numpy as np

from training.plates.sheet import Sheet


def block_left(sheet: Sheet, rng: np.random.Generator) -> None:
    """A made-up character of many strokes where a province stands."""
    wide = sheet.width * 0.125
    _scribble(sheet, (sheet.width * 0.025, sheet.height * 0.17, wide * 0.9, sheet.height * 0.66), rng)
    sheet.room[0] = sheet.width * 0.025 + wide


def script_side(sheet: Sheet, rng: np.random.Generator) -> None:
    """Foreign letters on the left or right, with a line between."""
    wide = sheet.width * float(rng.uniform(0.14, 0.24))
    left = rng.random() < 0.6
    x = 0.03 * sheet.width if left else sheet.width - wide
    for row in range(int(rng.integers(1, 3))):
        _scribble(sheet, (x, sheet.height * (0.12 + 0.42 * row), wide * 0.85, sheet.height * 0.36), rng)
    edge = x + wide if left else x - 0.02 * sheet.width
    if rng.random() < 0.4:
        cv2.line(sheet.paper, (round(edge), 0), (round(edge), sheet.height), sheet.ink_colour, 1)
    sheet.room[0 if left else 2] = edge


def script_top(sheet: Sheet, rng: np.random.Generator) -> None:
    if rng.random() < 0.6:
        for index in range(int(rng.integers(2, 7))):
            at = sheet.width * (0.25 + 0.09 * index)
            _scribble(sheet, (at, sheet.height * 0.05, sheet.width * 0.07, sheet.height * 0.26), rng)
        sheet.room[1] = sheet.height * 0.34


def _scribble(sheet: Sheet, box: tuple[float, float, float, float], rng: np.random.Generator) -> None:
    thick = max(1, round(box[3] * 0.1))
    for _ in range(int(rng.integers(4, 9))):
        ends = rng.random((2, 2))
        axis = int(rng.integers(3))
        if axis < 2:
            ends[1, axis] = ends[0, axis]
        x0, y0, x1, y1 = (round(v) for v in (ends * box[2:] + box[:2]).ravel().tolist())
        cv2.line(sheet.paper, (x0, y0), (x1, y1), sheet.ink_colour, thick, cv2.LINE_AA)
