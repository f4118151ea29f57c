"""SimpleLPR (PyPI `simplelpr`, commercial) as a peer to compare with, in its evaluation mode; used only if installed.

Set up for accuracy: no country is preferred, and the region of a plate is looked for and cut out before it is read.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Protocol

from benchmarks.contracts import Plate

NAME = "simplelpr"


class _Point(Protocol):
    x: int
    y: int


class _Rectangle(Protocol):
    left: int
    top: int
    width: int
    height: int


class _Match(Protocol):
    text: str
    confidence: float


class _Candidate(Protocol):
    boundingBox: _Rectangle  # noqa: N815 - theirs
    plateRegionVertices: list[_Point]  # noqa: N815 - theirs
    matches: list[_Match]


def installed() -> bool:
    return importlib.util.find_spec(NAME) is not None


class SimpleLprEngine:
    """One loaded SimpleLPR."""

    def __init__(self, threads: int) -> None:
        library = importlib.import_module(NAME)
        setup = library.EngineSetupParms()
        setup.maxConcurrentImageProcessingOps = threads
        # Both must stay alive as long as they are used.
        self._engine = library.SimpleLPR(setup)
        self._processor = self._engine.createProcessor()
        self._processor.plateRegionDetectionEnabled = True
        self._processor.cropToPlateRegionEnabled = True

    def read(self, path: Path) -> list[Plate]:
        """Plates of a picture. A picture that it cannot open has none."""
        try:
            candidates = self._processor.analyze(str(path))
        except RuntimeError:
            return []
        return [plate for candidate in candidates if (plate := _plate(candidate))]


def _plate(candidate: _Candidate) -> Plate | None:
    """The best match of a candidate; those come most confident first."""
    if not candidate.matches:
        return None
    best = candidate.matches[0]
    return {"text": best.text, "confidence": best.confidence, "box": _box(candidate)}


def _box(candidate: _Candidate) -> list[int]:
    """Around the plate where it was found, otherwise around its text; unknown corners are -1."""
    xs, ys = [v.x for v in candidate.plateRegionVertices], [v.y for v in candidate.plateRegionVertices]
    if xs and min(*xs, *ys) >= 0:
        return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    text = candidate.boundingBox
    return [text.left, text.top, text.width, text.height]
