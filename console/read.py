"""`platewire read`: plates of pictures, folders and videos, without a server."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.recognizer.settings import DEFAULT_ENGINE
from shared.errors import PlatewireError

if TYPE_CHECKING:
    from console.reading import FileReader, Plate

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
VIDEOS = frozenset({".avi", ".mp4", ".mkv", ".mov", ".webm", ".mjpeg", ".mpg", ".ts", ".m4v"})

Paths = Annotated[list[Path], typer.Argument(help="Pictures, videos, or folders of them.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a file on standard output.")]
Engine = Annotated[str, typer.Option("--engine", help="Recognition engine.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Inference threads.")]
Country = Annotated[list[str] | None, typer.Option("--country", help="Expected country, ISO alpha-3; may be repeated.")]
Rate = Annotated[float, typer.Option("--rate", min=0.1, max=60, help="Frames read of each second of a video.")]


def read(
    paths: Paths,
    as_json: Json = False,
    engine: Engine = DEFAULT_ENGINE,
    device: Device = "auto",
    threads: Threads = 1,
    country: Country = None,
    rate: Rate = 5.0,
) -> None:
    """Reads the plates of pictures and videos. A video gives each vehicle once.

    With --json a line is {"file", "ms", "plates": [{"text", "confidence", "country", "box": [x, y, w, h]}]}; a file
    that cannot be read has "error" and no plates, and the exit status is then 1. A plate that was seen and not read has
    an empty text and says in "unread" why: too_small, clipped, low_contrast, blurred or no_grammar.
    """
    files = list(_files(paths))
    with _quiet_output() as answers:
        # The engine takes a second to load and speaks; neither belongs into --help or into the answers.
        from console.reading import FileReader  # noqa: PLC0415

        reader = FileReader(engine, device, threads, tuple(c.upper() for c in country or ()), rate)
        failed = [file for file in _progress(files) if not _answer(reader, file, answers, as_json)]
    if failed:
        Console(stderr=True).print(f"[yellow]{len(failed)} of {len(files)} files could not be read[/]")
        raise typer.Exit(1)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURES | VIDEOS)
            if not inside:
                raise typer.BadParameter(f"There is no picture or video in {path}")
            yield from inside
        elif path.exists():
            yield path
        else:
            raise typer.BadParameter(f"There is no file {path}")


def _answer(reader: FileReader, file: Path, answers: TextIO, as_json: bool) -> bool:
    started = time.monotonic()
    error, plates = "", []
    try:
        plates = reader.video(file) if file.suffix.lower() in VIDEOS else reader.picture(file)
    except PlatewireError as problem:
        error = str(problem)
    line = {"file": str(file), "ms": round((time.monotonic() - started) * 1000, 1), "plates": plates}
    if as_json:
        print(json.dumps(line | ({"error": error} if error else {})), file=answers, flush=True)
    else:
        shown = "  ".join(map(_shown, plates))
        print(f"{file.name}: {error or shown or 'no plate'}", file=answers, flush=True)
    return not error


def _shown(plate: Plate) -> str:
    if "unread" in plate:
        return f"unread ({plate['unread'].replace('_', ' ')})"
    return f"{plate['text']} ({plate['country'] or '?'} {plate['confidence']:.2f})"


def _progress(files: list[Path]) -> Iterator[Path]:
    """The files, with a bar on a terminal."""
    if len(files) < 2 or not sys.stderr.isatty():
        yield from files
        return
    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(files))
        for file in files:
            yield file
            bar.advance(task)


@contextmanager
def _quiet_output() -> Iterator[TextIO]:
    """Standard output for the answers alone: whatever libraries print goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        yield answers
    finally:
        sys.stdout = answers
