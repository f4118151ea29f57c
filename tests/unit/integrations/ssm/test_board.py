"""The board's pulses and queues, without time and network."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.integrations.ssm import board as board_module
from services.integrations.ssm.board import Board, Follower
from services.integrations.ssm.message import State
from shared.clock import now


def a_follower(*, hears: bool = True, gone: bool = False) -> Follower[State]:
    return Follower(lambda channel: channel == 0, hears=lambda: hears, gone=lambda: gone, drop=lambda: None)


def on(plate: str, channel: int = 0) -> State:
    return State(channel, True, now(), "Gate", (("Plate", plate),))


def taken(follower: Follower[State]) -> list[tuple[bool, str]]:
    found: list[tuple[bool, str]] = []
    while item := follower.take(0):
        found.append((item.on, dict(item.fields).get("Plate", "")))
    return found


def test_a_second_plate_within_the_pulse_begins_a_new_one() -> None:
    board = Board({0: "Gate"}, pulse=60)
    follower = a_follower()
    assert [state.on for state in board.follow(follower)] == [False]
    assert [board.tell(on(plate), 0, unheard=False) for plate in ("A1", "B2")] == [1, 1]

    assert taken(follower) == [(True, "A1"), (False, ""), (True, "B2")]
    assert board.plates == 2


def test_a_pulse_ends_after_its_time_and_never_before_it_began() -> None:
    board = Board({0: "Gate"}, pulse=0)
    ahead = State(0, True, now() + timedelta(hours=1), "Gate", (("Plate", "A1"),))
    board.tell(ahead, 0, unheard=True)
    board.rest(0)

    (state,) = board.states()
    assert (state.on, state.at, state.fields) == (False, ahead.at, ())


def test_who_does_not_empty_its_queue_is_dropped_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "LONGEST_QUEUE", 3)
    board = Board({0: ""}, pulse=60)
    stalled, reading = a_follower(), a_follower()
    board.follow(stalled)
    board.follow(reading)
    told: list[Any] = []
    for number in range(4):
        board.tell(on(f"A{number}"), 0, unheard=False)
        told += taken(reading)

    assert (stalled.dropped, reading.dropped) == (True, False)
    assert [plate for state, plate in told if state] == ["A0", "A1", "A2", "A3"]


@pytest.mark.parametrize("follower", [a_follower(hears=False), a_follower(gone=True)])
def test_who_hears_no_plates_or_is_gone_does_not_count(follower: Follower[State]) -> None:
    board = Board({0: ""}, pulse=60)
    board.follow(follower)

    assert board.tell(on("A1"), 0, unheard=False) is None
    assert board.plates == 0
    assert board.tell(on("A1"), 0, unheard=True) == 0


def test_a_closed_board_tells_nothing() -> None:
    board = Board({0: ""}, pulse=60)
    follower = a_follower()
    board.follow(follower)
    board.close()

    assert follower.dropped
    assert board.tell(on("A1"), 30, unheard=False) is None
