"""An engine's process as seen from the comparison."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from time import monotonic
from types import TracebackType
from typing import Self, cast

from benchmarks.contracts import Answer

LOADING, READING = 120.0, 60.0
"""Seconds."""


class Unavailable(Exception):
    """The engine cannot take part; the sentence says why."""


class Participant:
    """One engine in a process of its own, loaded; a context manager.

    Args:
        name: an engine of Platewire or a peer.
        cpus: numbers of the processors on which it stays, so that every engine has the same number of them.

    Raises:
        Unavailable: it cannot be loaded.
    """

    def __init__(self, name: str, device: str, threads: int, cpus: Sequence[int]) -> None:
        self.name = name
        command = [sys.executable, "-m", "benchmarks.worker", name, "--device", device, "--threads", str(threads)]
        # A file, because nobody reads along what an engine says.
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - close() does
        self._process = subprocess.Popen(
            [*command, "--cpus", ",".join(map(str, cpus))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
            env=os.environ | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)},
        )
        if not self._line(LOADING):
            reason = self._last_words() or f"it took more than {LOADING:.0f} s to load"
            self.close()
            raise Unavailable(reason)

    def ask(self, picture: Path) -> Answer:
        """Raises Unavailable when the engine dies of the picture or takes more than READING seconds."""
        assert self._process.stdin
        print(picture, file=self._process.stdin, flush=True)
        line = self._line(READING)
        if not line:
            raise Unavailable(f"{self.name} did not survive {picture.name}: {self._last_words()}")
        return cast(Answer, json.loads(line))

    def _line(self, seconds: float) -> str:
        """The next line; empty when the process ends or has to be ended."""
        assert self._process.stdout
        watchdog = Timer(seconds, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        return line

    def close(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)
        self._said.close()

    def _last_words(self) -> str:
        """What the process said last before it ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        self._said.seek(0)
        return (self._said.read().strip().splitlines() or [""])[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def frames_per_second(participants: Sequence[Participant], pictures: Sequence[Path]) -> float:
    """How many pictures a second the participants read together, each all of them."""

    def read_all(participant: Participant) -> None:
        for picture in pictures:
            participant.ask(picture)

    for participant in participants:
        participant.ask(pictures[0])
    started = monotonic()
    with ThreadPoolExecutor(len(participants)) as pool:
        _finish(pool.map(read_all, participants))
    return len(participants) * len(pictures) / (monotonic() - started)


def _finish(results: Iterable[None]) -> None:
    """Waits for all and raises the first failure."""
    for _ in results:
        pass
