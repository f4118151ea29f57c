"""Plate texts as what CTC counts: the blank is 0, then the product's symbols in its order, last the gap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.recognizer.read.ctc import SYMBOLS
from shared.plates import skeleton

BLANK = 0
GAP = 1 + len(SYMBOLS)
COLUMNS = 1 + GAP


def encoded(text: str, gaps: frozenset[int] = frozenset()) -> list[int]:
    """The text with a gap before each of these characters; raises ValueError for what is no plate symbol."""
    symbols = [1 + SYMBOLS.index(character) for character in text]
    return [index for place, symbol in enumerate(symbols) for index in ([GAP, symbol] if place in gaps else [symbol])]


def greedy(steps: NDArray[np.float32]) -> str:
    """Best path: the winners of each step, repeats, gaps and blanks dropped; shape (time, COLUMNS)."""
    winners = steps.argmax(axis=1)
    changes = np.concatenate([[True], winners[1:] != winners[:-1]])
    return "".join(SYMBOLS[index - 1] for index in winners[changes].tolist() if index not in (BLANK, GAP))


def exact_share(read: Sequence[str], truth: Sequence[str]) -> float:
    return float(np.mean([a == b for a, b in zip(read, truth, strict=True)])) if truth else float("nan")


def folded_share(read: Sequence[str], truth: Sequence[str]) -> float:
    """As exact, but look-alikes such as O and 0, that many plates print alike, count as one."""
    return exact_share([skeleton(text) for text in read], [skeleton(text) for text in truth])
