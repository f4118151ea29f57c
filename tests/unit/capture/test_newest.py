from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from services.capture.newest import newest
from shared.errors import SourceError


def test_only_the_newest_item_is_handed_on() -> None:
    first, rest = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 0
        first.wait(10)
        yield from range(1, 100)
        rest.set()
        threading.Event().wait(10)

    reader = newest(items(), lambda: False)
    assert next(reader) == 0
    first.set()
    rest.wait(10)
    assert next(reader) == 99


def test_the_error_of_the_source_comes_out_after_its_last_item() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise SourceError("The camera stopped sending")

    reader = newest(items(), lambda: False)
    assert next(reader) == 1
    with pytest.raises(SourceError, match="stopped sending"):
        next(reader)


def test_a_live_source_that_ends_is_an_error() -> None:
    with pytest.raises(SourceError, match="ended"):
        next(newest(iter(()), lambda: False))


def test_a_source_that_hangs_does_not_hold_up_the_stop() -> None:
    def items() -> Iterator[int]:
        threading.Event().wait(30)
        yield 1

    asked = iter([False, False, True])
    assert list(newest(items(), lambda: next(asked))) == []
