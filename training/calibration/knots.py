"""From pairs (confidence, right or not) to a few knots of a rising curve; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Knot = tuple[float, float]
PRIOR = 2.0
"""Reads, half of them right, that are added to each step: a few lucky ones are no certainty."""


@dataclass(frozen=True)
class Bin:
    """Reads whose confidences are alike: what was said and what was true."""

    count: int
    said: float
    right: float


def knots(confidences: Sequence[float], right: Sequence[bool], count: int = 8) -> list[Knot]:
    """At most `count` + 2 knots of a rising curve from 0 to 1 (pool adjacent violators over equally large bins)."""
    steps = [(found.said, _believed(found), found.count) for found in bins(confidences, right, count)]
    pooled: list[tuple[float, float, int]] = []
    for step in steps:
        pooled.append(step)
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            (x1, y1, n1), (x2, y2, n2) = pooled[-2:]
            both = n1 + n2
            pooled[-2:] = [((x1 * n1 + x2 * n2) / both, (y1 * n1 + y2 * n2) / both, both)]
    inner = [(round(x, 4), round(y, 4)) for x, y, _ in pooled]
    # Beyond the last step nothing was measured: the curve goes on level.
    return [(0.0, round(inner[0][1] / 2, 4)), *inner, (1.0, inner[-1][1])]


def _believed(found: Bin) -> float:
    return (found.right * found.count + PRIOR / 2) / (found.count + PRIOR)


def bins(confidences: Sequence[float], right: Sequence[bool], count: int) -> list[Bin]:
    """Equally many reads in each bin, least confident first."""
    order = np.argsort(confidences, kind="stable")
    parts = [part for part in np.array_split(order, count) if len(part)]
    said, true = np.asarray(confidences, float), np.asarray(right, float)
    return [Bin(len(part), float(said[part].mean()), float(true[part].mean())) for part in parts]
