"""What a recognition engine is: two Protocols of one method each, so that engines can be swapped one file at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.geometry import Box, Polygon, Quad
from shared.messages import Character

Picture = NDArray[np.uint8]
"""BGR pixels, shape (height, width, 3)."""


@dataclass(frozen=True)
class RawText:
    """One line of text as the reader saw it, before any country's grammar.

    Attributes:
        characters: A-Z 0-9 in reading order, each with up to four options; what is missing to 1 is doubt.
        centers: middle of each character as a share of the crop's width, 0 to 1; as many as characters.
        breaks: indices of characters before which a dash, dot, space or badge was seen.
    """

    characters: tuple[Character, ...]
    centers: tuple[float, ...]
    breaks: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        return "".join(character.best for character in self.characters)


class Place(NamedTuple):
    """Where something is that may be a plate; corners in pixels, score 0 to 1 of a detector that tells one."""

    corners: Quad
    score: float = 1.0

    def moved(self, x: int, y: int) -> Place:
        return self._replace(corners=_mapped(self.corners, lambda px, py: (px + x, py + y)))

    def enlarged(self, times: int) -> Place:
        return self._replace(corners=_mapped(self.corners, lambda px, py: (px * times, py * times)))


def _mapped(quad: Quad, change: Callable[[float, float], tuple[float, float]]) -> Quad:
    a, b, c, d = (change(x, y) for x, y in quad.corners)
    return Quad(corners=(a, b, c, d))


@dataclass(frozen=True)
class Ask:
    """What is known beforehand about a picture.

    Attributes:
        regions: where plates are looked for, in shares of the picture; empty = everywhere.
        countries: expected, ISO alpha-3; others stay possible.
        views: parts of the picture to look at one by one, in pixels; empty = the whole at once. For detectors that see
            a picture small; one that finds lines of text looks at the whole anyway.
        places: where plates were found already, in pixels; None = they are looked for.
    """

    regions: tuple[Polygon, ...] = ()
    countries: tuple[str, ...] = ()
    views: tuple[Box, ...] = ()
    places: tuple[Place, ...] | None = None


ANYTHING = Ask()


class Locator(Protocol):
    """Finds what may be a plate. Order carries no meaning; false finds are welcome, missed plates are not."""

    def locate(self, image: Picture) -> tuple[Place, ...]:
        """Whole plates, or lines of text, as the pipeline around it wants."""
        ...


class Reader(Protocol):
    """Reads straightened crops in one batch."""

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        """One text per crop in the same order; a crop without any character gives an empty text."""
        ...
