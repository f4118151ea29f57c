"""A plate while it is made, and the small print on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.plates.fonts import Font, Grey
from training.plates.lettering import words
from training.plates.styles import Colour


@dataclass
class Sheet:
    """A plate while it is made.

    Attributes:
        paper: BGR pixels, shape (h, w, 3), drawn upon directly.
        ink: coverage of the text's colour, shape (h, w).
        room: left, top, right and bottom of what is left for the text, in pixels.
        small: the font of all that is not the text.
        ink_colour: of the text.
        corner: how much further right the first of two rows begins, in pixels.
    """

    paper: NDArray[np.uint8]
    ink: Grey
    room: list[float]
    small: Font
    ink_colour: Colour
    corner: float = 0.0

    @property
    def height(self) -> int:
        return int(self.paper.shape[0])

    @property
    def width(self) -> int:
        return int(self.paper.shape[1])


def print_words(sheet: Sheet, text: str, box: tuple[float, float, float, float], colour: Colour) -> None:
    """Small print in a colour of its own; box is left, top, width, height in pixels."""
    plane = np.zeros((max(1, round(box[3])), max(1, round(box[2]))), np.uint8)
    words(plane, text, sheet.small, (0, 0, box[2], box[3]))
    x, y = max(0, round(box[0])), max(0, round(box[1]))
    region = sheet.paper[y : y + plane.shape[0], x : x + plane.shape[1]]
    alpha = plane[: region.shape[0], : region.shape[1], None].astype(np.uint16)
    region[:] = (region * (255 - alpha) + np.array(colour, np.uint16) * alpha) // 255


def name_like(rng: np.random.Generator) -> str:
    """A word that could be a town, dealer or motto."""
    vowels, consonants = "AEIOU", "BCDFGHKLMNPRSTVZ"
    parts = [consonants[rng.integers(16)] + vowels[rng.integers(5)] for _ in range(rng.integers(2, 5))]
    return "".join(parts) + (consonants[rng.integers(16)] if rng.random() < 0.5 else "")
