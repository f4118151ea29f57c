"""Mixes drawn and real samples into batches; each batch's chance depends on the seed and its number alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.plates.render import PlateFactory
from training.reader.real import BACKGROUND, Crop, real_view
from training.reader.views import Sample, synthetic_views

REAL_SHARE = 0.17
VIEWS = 2
"""Photos of each drawn plate: drawing costs more than photographing."""
_ORIGIN_SHARES = {"robertlucian": 0.25, "openimages350": 0.37, "cn_crops": 0.25, BACKGROUND: 0.13}


class SampleStream:
    """Endless training batches.

    Args:
        factory: draws plates.
        crops: real ones; held out ones are left aside.
        seed: of everything random.
    """

    def __init__(self, factory: PlateFactory, crops: Sequence[Crop], seed: int) -> None:
        self._factory, self._seed = factory, seed
        self._real = {
            origin: kept
            for origin in _ORIGIN_SHARES
            if (kept := [crop for crop in crops if crop.origin == origin and not crop.held_out])
        }
        shares = np.array([_ORIGIN_SHARES[origin] for origin in self._real])
        self._shares = shares / shares.sum() if self._real else shares

    def batch(self, number: int, size: int) -> list[Sample]:
        rng = np.random.default_rng([self._seed, number])
        samples = [self._real_sample(rng) for _ in range(round(size * REAL_SHARE) if self._real else 0)]
        while len(samples) < size:
            samples += synthetic_views(self._factory, rng, VIEWS)
        return samples[:size]

    def _real_sample(self, rng: np.random.Generator) -> Sample:
        pool = self._real[list(self._real)[int(rng.choice(len(self._shares), p=self._shares))]]
        return real_view(pool[rng.integers(len(pool))], rng)


def stacked(samples: Sequence[Sample]) -> NDArray[np.float32]:
    """Shape (batch, 1, height, width), 0 to 1."""
    return np.stack([sample.crop for sample in samples])[:, None].astype(np.float32) / np.float32(255)
