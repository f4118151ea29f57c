"""Turns a reader's probabilities per time step into plate characters with alternatives; pure numpy.

A general reader knows thousands of characters. Only those that a plate can carry are looked at: A-Z and 0-9 directly,
lower case and Cyrillic look-alikes folded onto them, separators as hints of where a group ends. The probability that
went to any other character stays missing, as doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.recognizer.contracts import RawText
from shared.messages import Character
from shared.plates import normalise

SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SEPARATORS = frozenset("-–—−.·•∙ ・:|/_'°*,")
OPTIONS = 4
LEAST = 0.005
"""Options below this probability say nothing."""
FAINTEST = 0.08
"""A run whose peak is fainter is no character of ours but something foreign: it counts as a break."""

_BLANK, _BREAK, _FIRST = 0, 1, 2


class PlateDecoder:
    """Knows which column of a reader stands for which plate symbol.

    Args:
        columns: what each output column means; the first is CTC's blank, whatever it is called.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        kept = [(index, row) for index, name in enumerate(columns) if (row := _row(index, name)) is not None]
        self._columns = np.array([index for index, _ in kept])
        # A dense matrix over the few kept columns folds all spellings of a symbol in one product.
        self._fold = np.zeros((len(kept), _FIRST + len(SYMBOLS)), np.float32)
        self._fold[np.arange(len(kept)), [row for _, row in kept]] = 1.0

    def decode(self, steps: NDArray[np.float32], filled: float = 1.0) -> RawText:
        """Best path over the plate alphabet.

        Args:
            steps: probabilities, shape (time, columns); each row adds up to 1.
            filled: share of the time axis that the crop covers, the rest being padding.
        """
        if not np.isfinite(steps).all():
            # A network can be driven out of range by a crop; that is no text, and no reason to lose the picture.
            return RawText((), ())
        folded = steps[:, self._columns] @ self._fold
        winners = folded.argmax(axis=1)
        characters: list[Character] = []
        centers: list[float] = []
        breaks: set[int] = set()
        broken = False
        for first, last in _runs(winners):
            row = winners[first]
            peak = first + int(folded[first:last, row].argmax())
            if row == _BLANK:
                continue
            if row == _BREAK or folded[peak, row] < FAINTEST:
                broken = True
                continue
            if broken:
                breaks.add(len(characters))
            characters.append(character(folded[peak, _FIRST:]))
            centers.append(min(1.0, (first + last) / 2 / len(steps) / filled))
            broken = False
        return RawText(tuple(characters), tuple(centers), frozenset(breaks))


def _row(index: int, name: str) -> int | None:
    if index == 0:
        return _BLANK
    if name in SEPARATORS:
        return _BREAK
    folded = normalise(name)
    return _FIRST + SYMBOLS.index(folded) if len(folded) == 1 and folded in SYMBOLS else None


def _runs(winners: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Stretches of equal winners as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(winners)) + 1
    bounds = [0, *edges.tolist(), len(winners)]
    return list(pairwise(bounds)) if len(winners) else []


def character(probabilities: NDArray[np.float32]) -> Character:
    """The likeliest symbols; `probabilities` are those of SYMBOLS in its order."""
    ranked = np.argsort(probabilities)[::-1][:OPTIONS]
    return Character(
        options=tuple(
            (SYMBOLS[i], round(min(1.0, float(probabilities[i])), 4))
            for rank, i in enumerate(ranked)
            if rank == 0 or probabilities[i] >= LEAST
        )
    )
