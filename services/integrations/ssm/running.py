"""The boards of the servers that run in this process, by destination: how `deliver` finds what `keep` set up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from services.integrations.ssm.board import Board

BEGINS_WITHIN = 3.0
"""Seconds that a delivery waits for a server that is begun anew."""

_boards: dict[UUID, Board] = {}
_changed = threading.Condition()


@contextmanager
def running(destination: UUID, board: Board) -> Iterator[None]:
    """Lets the board be found; closes it at the end."""
    with _changed:
        _boards[destination] = board
        _changed.notify_all()
    try:
        yield
    finally:
        with _changed:
            del _boards[destination]
        board.close()


def board_of(destination: UUID) -> Board | None:
    """The destination's board; waits a moment for a server that is being begun anew."""
    with _changed:
        _changed.wait_for(lambda: destination in _boards, BEGINS_WITHIN)
        return _boards.get(destination)
