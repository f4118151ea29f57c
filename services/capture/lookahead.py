"""Tells of each item whether it is the last, for sources that learn of their end only when nothing comes any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def mark_last(items: Iterable[Item]) -> Iterator[tuple[Item, bool]]:
    """Yields (item, whether it is the last), one item behind `items`."""
    iterator = iter(items)
    for held in iterator:
        for item in iterator:
            yield held, False
            held = item  # noqa: PLW2901
        yield held, True
