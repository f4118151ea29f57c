from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from redis import Redis

from services.capture.board import Board
from services.capture.publish import HELD_FRAMES, LivePublisher, LosslessPublisher, Outage
from shared import streams
from shared.messages import Frame, Origin
from shared.testing import NOON, Site, entries

CAMERA = uuid4()
STREAM = streams.frames(CAMERA)


def a_frame(index: int, camera: UUID = CAMERA) -> Frame:
    return Frame(
        frame_id=f"{camera.hex}-run-{index}",
        camera_id=camera,
        captured_at=NOON,
        origin=Origin.FILE,
        index=index,
        width=64,
        height=48,
    )


def indices(client: Redis) -> list[int]:
    return [Frame.model_validate_json(entry.data).index for entry in entries(client, STREAM)]


def take(client: Redis, index: int) -> None:
    for entry in entries(client, STREAM):
        if Frame.model_validate_json(entry.data).index == index:
            client.xdel(STREAM, entry.entry_id)


def nothing() -> None:
    """A picture that nobody waits for."""


class Rounds:
    """Stands for waiting: does one thing a round and says stop when nothing is left to do."""

    def __init__(self, *things: Callable[[], object]) -> None:
        self.things = list(things)

    def __call__(self, _seconds: float) -> bool:
        if not self.things:
            return True
        self.things.pop(0)()
        return False


@pytest.fixture
def board() -> Board:
    return Board(nothing)


def test_a_live_stream_keeps_only_its_newest_frames(site: Site, board: Board) -> None:
    publisher = LivePublisher(site.frames, STREAM, Outage(board), clock=lambda: NOON)
    for index in range(20):
        assert publisher.publish(a_frame(index), b"jpeg")
    assert indices(site.frames) == list(range(20 - streams.LIVE_FRAMES, 20))


def test_a_live_frame_older_than_a_second_is_dropped(site: Site, board: Board) -> None:
    publisher = LivePublisher(site.frames, STREAM, Outage(board), clock=lambda: NOON + timedelta(seconds=1.1))
    assert not publisher.publish(a_frame(0), b"jpeg")
    assert indices(site.frames) == []


def test_while_redis_is_away_live_frames_are_dropped_and_a_file_waits(board: Board) -> None:
    away = streams.connect("redis://127.0.0.1:9/0")
    assert not LivePublisher(away, STREAM, Outage(board), clock=lambda: NOON).publish(a_frame(0), b"jpeg")
    assert "Redis" in board.status().message
    patient = Rounds(nothing, nothing)
    assert not LosslessPublisher(away, STREAM, patient, Outage(board)).put(a_frame(0), b"jpeg", nothing)
    assert patient.things == []


def test_a_file_waits_for_room_and_goes_on_when_there_is_some(site: Site, board: Board) -> None:
    rounds = Rounds(nothing, lambda: take(site.frames, 0))
    publisher = LosslessPublisher(site.frames, STREAM, rounds, Outage(board))
    for index in range(streams.FILE_FRAMES):
        assert publisher.put(a_frame(index), b"jpeg", nothing)
    assert publisher.put(a_frame(streams.FILE_FRAMES), b"jpeg", nothing)
    assert rounds.things == []
    assert indices(site.frames) == list(range(1, streams.FILE_FRAMES + 1))
    assert not publisher.put(a_frame(99), b"jpeg", nothing)


def test_the_position_is_the_first_frame_that_is_not_handled(site: Site, board: Board) -> None:
    done: list[int] = []
    publisher = LosslessPublisher(site.frames, STREAM, Rounds(), Outage(board), position=5)
    assert publisher.position == 5
    for index in (5, 6, 8):
        publisher.put(a_frame(index), b"jpeg", partial(done.append, index))
    take(site.frames, 6)
    publisher.settle()
    assert (publisher.position, done) == (5, [])
    take(site.frames, 5)
    publisher.settle()
    assert (publisher.position, done) == (8, [5, 6])
    take(site.frames, 8)
    assert publisher.drain() is False
    publisher.settle()
    assert (publisher.position, done) == (9, [5, 6, 8])
    assert publisher.drain()


@pytest.mark.parametrize("recreated", [False, True])
def test_what_an_emptied_redis_lost_comes_again_before_what_is_new(site: Site, board: Board, recreated: bool) -> None:
    publisher = LosslessPublisher(site.frames, STREAM, Rounds(nothing), Outage(board))
    for index in range(5):
        publisher.put(a_frame(index), b"jpeg", nothing)
    take(site.frames, 0)
    publisher.settle()
    site.frames.flushall()
    if recreated:
        streams.ensure_group(site.frames, STREAM, "recognizer")
    publisher.put(a_frame(5), b"jpeg", nothing)
    assert indices(site.frames) == [1, 2, 3, 4, 5]
    assert publisher.position == 1


def test_entries_of_an_earlier_run_do_not_count_as_handled_frames(site: Site, board: Board) -> None:
    streams.publish(site.frames, STREAM, a_frame(7).model_dump_json(), blob=b"jpeg")
    publisher = LosslessPublisher(site.frames, STREAM, Rounds(), Outage(board), position=7)
    publisher.put(a_frame(7), b"jpeg", nothing)
    publisher.settle()
    assert publisher.position == 7
    take(site.frames, 7)
    publisher.settle()
    assert publisher.position == 8


def test_one_slow_frame_lets_only_so_many_others_pass(site: Site, board: Board) -> None:
    publisher = LosslessPublisher(site.frames, STREAM, Rounds(), Outage(board))
    for index in range(HELD_FRAMES):
        assert publisher.put(a_frame(index), b"jpeg", nothing)
        if index:
            take(site.frames, index)
    assert not publisher.put(a_frame(HELD_FRAMES), b"jpeg", nothing)
    take(site.frames, 0)
    assert publisher.put(a_frame(HELD_FRAMES), b"jpeg", nothing)
