"""Turns answers into figures, and figures into a table for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TypedDict

from rich.table import Table

from benchmarks.contracts import Answer, Plate
from benchmarks.scoring import Labels, Score, score


class Times(TypedDict):
    """Of a picture, in milliseconds."""

    median: float
    p95: float


class Figures(TypedDict):
    """One engine on one set of pictures. `ms`: processor time; `stages`: parts of it; `memory_mb`: the peak so far."""

    score: Score | None
    ms: Times
    wall_ms: Times
    stages: dict[str, Times]
    memory_mb: float


class Answers:
    """What one engine said to one set of pictures; plates are those of the first round, times those of all."""

    def __init__(self) -> None:
        self._plates: dict[str, list[Plate]] = {}
        self._times: list[tuple[float, float]] = []
        self._stages: defaultdict[str, list[float]] = defaultdict(list)
        self._memory = 0.0

    def add(self, file: str, answer: Answer) -> None:
        self._plates.setdefault(file, answer["plates"])
        self._times.append((answer["ms"], answer["wall_ms"]))
        for stage, ms in answer["stages"].items():
            self._stages[stage].append(ms)
        if rest := answer["stages"]:
            self._stages["rest"].append(answer["ms"] - sum(rest.values()))
        self._memory = max(self._memory, answer["memory_mb"])

    def figures(self, labels: Sequence[Labels]) -> Figures:
        """Without labels there are times only."""
        processor, wall = zip(*self._times, strict=True)
        return {
            "score": score(labels, self._plates) if labels else None,
            "ms": times(processor),
            "wall_ms": times(wall),
            "stages": {stage: times(spent) for stage, spent in self._stages.items()},
            "memory_mb": self._memory,
        }


def times(values: Sequence[float]) -> Times:
    ranked = sorted(values)
    return {"median": round(median(ranked), 2), "p95": round(ranked[int(0.95 * (len(ranked) - 1))], 2)}


def table(title: str, figures: Mapping[str, Figures]) -> Table:
    shown = Table(title=title)
    shown.add_column("engine")
    for column in ("located", "exact", "folded", "best", "extra", "ms", "p95", "MB"):
        shown.add_column(column, justify="right")
    for engine, of in figures.items():
        ms = of["ms"]
        shown.add_row(
            engine, *_shares(of["score"]), f"{ms['median']:.1f}", f"{ms['p95']:.1f}", f"{of['memory_mb']:.0f}"
        )
    return shown


def stage_table(title: str, figures: Mapping[str, Figures]) -> Table:
    """Median and 95th percentile of each stage."""
    stages = list(dict.fromkeys(stage for of in figures.values() for stage in of["stages"]))
    shown = Table(title=f"{title}: ms a stage, median / p95")
    shown.add_column("engine")
    for stage in stages:
        shown.add_column(stage, justify="right")
    for engine, of in figures.items():
        spent = [of["stages"].get(stage) for stage in stages]
        shown.add_row(engine, *(f"{ms['median']:.1f} / {ms['p95']:.1f}" if ms else "–" for ms in spent))
    return shown


def _shares(of: Score | None) -> list[str]:
    if of is None:
        return ["–"] * 5
    shares = (of["located"], of["exact"], of["folded"], of["best_exact"], of["extra"])
    return ["–" if share is None else f"{share:.3f}" for share in shares]


def speed_table(speeds: Mapping[str, Mapping[int, float]]) -> Table:
    """Frames a second by number of processes."""
    counts = sorted({count for of in speeds.values() for count in of})
    shown = Table(title="frames per second, all processes together")
    shown.add_column("engine")
    for count in counts:
        shown.add_column(f"{count} process{'es' * (count > 1)}", justify="right")
    for engine, of in speeds.items():
        shown.add_row(engine, *(f"{of[count]:.1f}" if count in of else "–" for count in counts))
    return shown
