"""Measures a reader on drawn and held-out real crops: exact texts, and exact but for look-alikes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.plates.render import PlateFactory
from training.reader.labels import exact_share, folded_share, greedy
from training.reader.real import SETS, Crop, plain_view
from training.reader.stream import stacked
from training.reader.views import Sample, synthetic_views

VALIDATION_SEED = 20_260
SYNTHETIC = 1_000
_BATCH = 100

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From crops (batch, 1, 32, 160) to probabilities or logits (batch, steps, columns)."""


@dataclass(frozen=True)
class Score:
    """How one set was read."""

    name: str
    count: int
    exact: float
    folded: float

    def __str__(self) -> str:
        return f"{self.name} {self.exact:.4f}/{self.folded:.4f} of {self.count}"


def validation_sets(factory: PlateFactory, crops: Sequence[Crop]) -> dict[str, list[Sample]]:
    """Drawn plates of a fixed seed and what is held out of each folder, by name."""
    rng = np.random.default_rng(VALIDATION_SEED)
    drawn = [sample for _ in range(SYNTHETIC) for sample in synthetic_views(factory, rng, 1)]
    held_out = {name: [plain_view(c) for c in crops if c.held_out and c.origin == name] for name in SETS}
    return {"synthetic": drawn, **{name: samples for name, samples in held_out.items() if samples}}


def score(run: Run, sets: dict[str, list[Sample]]) -> list[Score]:
    scores = []
    for name, samples in sets.items():
        texts, truth = read_all(run, samples), [sample.text for sample in samples]
        scores.append(Score(name, len(samples), exact_share(texts, truth), folded_share(texts, truth)))
    return scores


def read_all(run: Run, samples: Sequence[Sample]) -> list[str]:
    texts = []
    for start in range(0, len(samples), _BATCH):
        texts += [greedy(steps) for steps in run(stacked(samples[start : start + _BATCH]))]
    return texts
