"""Draws the next batches in other processes while the network learns: the same batches, sooner."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from training.reader.stream import SampleStream
from training.reader.views import Sample

AHEAD = 4
"""Batches that each process is ahead of the network."""
_mine: list[SampleStream] = []


def batches(stream: SampleStream, size: int, first: int, last: int, workers: int) -> Generator[list[Sample]]:
    """Batches `first` to `last`, the latter excluded, in order; without workers each is drawn here when it is due."""
    if not workers:
        yield from (stream.batch(number, size) for number in range(first, last))
        return
    # A child that is forked would take over locks of the network's threads.
    with ProcessPoolExecutor(workers, get_context("spawn"), _take, (stream,)) as pool:
        pending: deque[Future[list[Sample]]] = deque()
        for number in range(first, last):
            pending.append(pool.submit(_drawn, number, size))
            if len(pending) > AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _take(stream: SampleStream) -> None:
    """Once in each process: fonts and crops are too much to send with every batch."""
    _mine.append(stream)


def _drawn(number: int, size: int) -> list[Sample]:
    return _mine[0].batch(number, size)
