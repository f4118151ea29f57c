"""Reads a live source in a thread and hands on only its newest item, so that old pictures never queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from shared.errors import SourceError

Item = TypeVar("Item")


def newest(items: Iterator[Item], stopping: Callable[[], bool]) -> Iterator[Item]:
    """Yields the latest of `items` each time it is asked; ends when `stopping()`.

    Raises:
        SourceError: what ended the items; that they end by themselves is an error of a live source too.
    """
    slot: _Slot[Item] = _Slot()
    # A daemon: the thread may hang in a library for ever, and then the process is ended from outside.
    threading.Thread(target=slot.fill, args=(items,), name="reader", daemon=True).start()
    try:
        while not stopping():
            found = slot.take(0.2)
            if found is not None:
                yield found
    finally:
        slot.close()


class _Slot(Generic[Item]):
    """Holds one item, the newest."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._error: BaseException | None = None
        self._closed = False

    def fill(self, items: Iterator[Item]) -> None:
        try:
            for item in items:
                if self._put(item):
                    return
            raise SourceError("The camera ended its stream")
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify()

    def take(self, seconds: float) -> Item | None:
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._error is not None, seconds)
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            return item

    def close(self) -> None:
        with self._changed:
            self._closed = True

    def _put(self, item: Item) -> bool:
        with self._changed:
            self._item = item
            self._changed.notify()
            return self._closed
