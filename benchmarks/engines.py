"""Compares recognition engines side by side: accuracy, time, memory, stages, frames per second.

Every engine has a process of its own with the same number of threads and processors; each picture goes to one engine
after the other, in turns, so that whatever else the machine does hits all alike. Without --data the pictures are frames
of the demo road, which have no labels. docs/benchmark.md says what each figure means.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
from rich.console import Console
from rich.progress import track

from benchmarks import simplelpr_engine
from benchmarks.chart import scatter
from benchmarks.participant import Participant, Unavailable, frames_per_second
from benchmarks.report import Answers, Figures, speed_table, stage_table, table
from benchmarks.scoring import Labels, load
from services.capture.demo.scene import Scene
from services.recognizer.engines import ENGINES

EVAL = Path("../shared/data/eval/eu")
console = Console()


@dataclass(frozen=True)
class PictureSet:
    """Pictures to read; without labels only time is measured."""

    name: str
    pictures: tuple[Path, ...]
    labels: tuple[Labels, ...] = ()


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        sets = [_labelled(folder) for folder in options.data] or [stack.enter_context(_demo_road())]
        try:
            results, speeds = _measured(options, sets)
        except Unavailable as reason:
            sys.exit(str(reason))
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{_processor()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}",
        "threads": options.threads,
        "rounds": options.rounds,
        "sets": results,
        "frames_per_second": speeds,
    }
    for title, figures in results.items():
        console.print(table(f"{title}: {options.threads} thread(s), {_processor()}", figures))
        console.print(stage_table(title, figures))
    if speeds:
        console.print(speed_table(speeds))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "recognition.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    for title, points in _points(results).items():
        (options.out / f"recognition-{title}.svg").write_text(scatter(f"Recognition of {title}", points), "utf-8")
    console.print(f"Written to {options.out}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = [EVAL] if EVAL.is_dir() else []
    parser.add_argument("--data", type=Path, action="append", help="folder of pictures with a labels.jsonl; repeatable")
    parser.add_argument("--demo", action="store_true", help="frames of the demo road instead")
    parser.add_argument("--engine", action="append", help=f"{', '.join(_names())}; repeatable; default: all installed")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda", "auto"))
    parser.add_argument("--threads", type=int, default=1, help="of each engine, and processors that it may use")
    parser.add_argument("--rounds", type=int, default=3, help="how often each picture is read")
    parser.add_argument("--limit", type=int, help="only so many pictures of each set, evenly spread")
    parser.add_argument("--processes", type=int, nargs="*", default=[], help="measure frames/s with so many: 1 2 4")
    parser.add_argument("--out", type=Path, default=Path("data/benchmark"), help="folder for JSON and pictures")
    options = parser.parse_args()
    options.data = [] if options.demo else options.data or default
    return options


def _names() -> list[str]:
    return [*ENGINES, simplelpr_engine.NAME]


def _measured(
    options: argparse.Namespace, sets: Sequence[PictureSet]
) -> tuple[dict[str, dict[str, Figures]], dict[str, dict[int, float]]]:
    """Figures by set and engine, and frames per second by engine and number of processes."""
    sets = [_spread(pictures, options.limit) for pictures in sets]
    cpus = _cpus()
    with ExitStack() as stack:
        participants = []
        for name in options.engine or [name for name in _names() if name in ENGINES or simplelpr_engine.installed()]:
            try:
                participants.append(Participant(name, options.device, options.threads, cpus[: options.threads]))
            except Unavailable as reason:
                console.print(f"[yellow]{name} takes no part:[/] {reason}")
                continue
            stack.enter_context(participants[-1])
        results = {s.name: _compare(participants, s, options.rounds) for s in sets}
    names = [participant.name for participant in participants]
    return results, {name: _speeds(name, options, sets[0].pictures, cpus) for name in names if options.processes}


def _compare(participants: Sequence[Participant], pictures: PictureSet, rounds: int) -> dict[str, Figures]:
    answers = {participant.name: Answers() for participant in participants}
    for participant in participants:
        participant.ask(pictures.pictures[0])
    work = [(i, picture) for _ in range(rounds) for i, picture in enumerate(pictures.pictures)]
    for turn, picture in track(work, description=pictures.name, console=console, transient=True):
        first = turn % max(1, len(participants))
        for participant in (*participants[first:], *participants[:first]):
            answers[participant.name].add(picture.name, participant.ask(picture))
    return {name: of.figures(pictures.labels) for name, of in answers.items()}


def _speeds(name: str, options: argparse.Namespace, pictures: Sequence[Path], cpus: Sequence[int]) -> dict[int, float]:
    speeds = {}
    for count in options.processes:
        with ExitStack() as stack:
            own = [[cpus[(i * options.threads + t) % len(cpus)] for t in range(options.threads)] for i in range(count)]
            running = [stack.enter_context(Participant(name, options.device, options.threads, c)) for c in own]
            speeds[count] = round(frames_per_second(running, pictures), 2)
    return speeds


def _points(results: Mapping[str, Mapping[str, Figures]]) -> dict[str, dict[str, tuple[float, float]]]:
    return {
        title: points
        for title, figures in results.items()
        if (
            points := {
                name: (of["ms"]["median"], of["score"]["exact"])
                for name, of in figures.items()
                if of["score"] and of["score"]["exact"] is not None
            }
        )
    }


def _labelled(folder: Path) -> PictureSet:
    labels = tuple(load(folder))
    return PictureSet(folder.name, tuple(folder / picture["file"] for picture in labels), labels)


def _spread(pictures: PictureSet, limit: int | None) -> PictureSet:
    step = max(1, len(pictures.pictures) // limit) if limit else 1
    chosen = slice(0, step * limit if limit else None, step)
    return PictureSet(pictures.name, pictures.pictures[chosen], pictures.labels[chosen])


@contextmanager
def _demo_road() -> Iterator[PictureSet]:
    """Every second second of one loop, as a camera would send it."""
    scene = Scene()
    with tempfile.TemporaryDirectory(prefix="platewire-benchmark-") as folder:
        paths = []
        for second in range(1, round(scene.period), 2):
            paths.append(Path(folder) / f"{second:03}.jpg")
            cv2.imwrite(str(paths[-1]), scene.frame(second), [cv2.IMWRITE_JPEG_QUALITY, 90])
        yield PictureSet("demo road", tuple(paths))


def _cpus() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
