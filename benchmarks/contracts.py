"""What travels between the comparison and an engine's process; light, so that a peer carries nothing of ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypedDict, TypeVar

Result = TypeVar("Result")


class Plate(TypedDict):
    """One plate as an engine reports it; `box` is x, y, width, height in pixels."""

    text: str
    confidence: float
    box: list[int]


class Answer(TypedDict):
    """What came of one picture; `stages` are parts of `ms`, all but `wall_ms` are processor time of all threads."""

    plates: list[Plate]
    ms: float
    wall_ms: float
    stages: dict[str, float]
    memory_mb: float


class Engine(Protocol):
    def read(self, path: Path) -> list[Plate]:
        """Plates of a picture; one that cannot be opened has none."""
        ...


class Stages:
    """Milliseconds of processor time by stage, of one picture."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def of(self, stage: str, work: Callable[[], Result]) -> Result:
        started = time.process_time()
        result = work()
        self.spent[stage] = self.spent.get(stage, 0.0) + (time.process_time() - started) * 1000
        return result
