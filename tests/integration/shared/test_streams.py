from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
import redis

from shared import streams
from shared.errors import InvalidMessage
from shared.streams import Consumer, DeadLetterLimit, Entry
from shared.testing import Site, entries


class Diary:
    """Notes what it was given; fails as often as it is told to."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.failures = 0

    def handle(self, entries: Sequence[Entry]) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("handler fails")
        if any(entry.data == b"bad" for entry in entries):
            raise InvalidMessage("it is bad")
        self.seen += [entry.data for entry in entries]


def consumer(site: Site, diary: Diary, name: str = "one", *names: str) -> Consumer:
    found = names or ("s",)
    return Consumer(site.events, "g", name, lambda: found, diary.handle, block_ms=10, claim_idle_ms=1, claim_every=0)


def test_what_was_published_before_the_first_start_is_read(site: Site) -> None:
    streams.publish(site.events, "s", "early", blob=b"\xff\xd8")
    diary = Diary()
    consumer(site, diary).turn()
    assert diary.seen == [b"early"]
    assert site.events.xpending("s", "g")["pending"] == 0


def test_a_blob_travels_beside_the_message(site: Site) -> None:
    streams.publish(site.events, "s", "{}", blob=b"\x00\xff")
    taken: list[Entry] = []
    Consumer(site.events, "g", "one", lambda: ["s"], taken.extend, block_ms=10).turn()
    assert taken[0].blob == b"\x00\xff"


def test_an_entry_whose_handler_died_is_claimed_by_another_consumer(site: Site) -> None:
    streams.publish(site.events, "s", "a")
    dying, heir = Diary(), Diary()
    dying.failures = 1
    with pytest.raises(RuntimeError):
        consumer(site, dying).turn()
    time.sleep(0.01)
    consumer(site, heir, "two").turn()
    assert heir.seen == [b"a"]


def test_a_restarted_consumer_recovers_what_it_held_in_order(site: Site) -> None:
    for name in ("a", "b", "c"):
        streams.publish(site.events, "s", name)
    dying, risen = Diary(), Diary()
    dying.failures = 1
    with pytest.raises(RuntimeError):
        consumer(site, dying).turn()
    assert consumer(site, risen).recover("s") == 3
    assert risen.seen == [b"a", b"b", b"c"]


def test_a_bad_entry_goes_to_the_dead_letters_with_its_reason_and_its_neighbours_pass(site: Site) -> None:
    for name in ("a", "bad", "b"):
        streams.publish(site.events, "s", name)
    diary = Diary()
    consumer(site, diary).turn()
    assert diary.seen == [b"a", b"b"]
    [dead] = entries(site.events, "s.dead")
    assert dead.data == b"bad"
    assert dead.blob == b"it is bad"


def test_too_many_dead_letters_in_a_row_stop_the_consumer(site: Site) -> None:
    for _ in range(11):
        streams.publish(site.events, "s", "bad")
    with pytest.raises(DeadLetterLimit):
        consumer(site, Diary()).turn()


def test_an_entry_that_keeps_killing_its_handler_ends_in_the_dead_letters(site: Site) -> None:
    streams.publish(site.events, "s", "poison")
    diary = Diary()
    diary.failures = 100
    for _ in range(30):
        try:
            consumer(site, diary).turn()
        except RuntimeError:
            continue
    [dead] = entries(site.events, "s.dead")
    assert dead.data == b"poison"


def test_an_emptied_redis_gets_its_groups_back(site: Site) -> None:
    diary = Diary()
    reader = consumer(site, diary)
    reader.turn()
    site.events.flushall()
    streams.publish(site.events, "s", "after")
    reader.turn()
    reader.turn()
    assert diary.seen == [b"after"]


def test_a_live_stream_keeps_exactly_its_newest_entries(site: Site) -> None:
    for number in range(20):
        streams.publish(site.frames, "f", str(number), keep=8)
    assert [entry.data for entry in entries(site.frames, "f")] == [str(n).encode() for n in range(12, 20)]


def test_handled_frames_leave_the_stream(site: Site) -> None:
    streams.publish(site.frames, "f", "x")
    reader = Consumer(site.frames, "g", "one", lambda: ["f"], lambda _: None, block_ms=10, delete_handled=True)
    reader.turn()
    assert site.frames.xlen("f") == 0


class Killed(BaseException):
    """What SIGKILL looks like from inside: nothing after it runs, nothing catches it."""


class DyingClient(redis.Redis):
    """Dies instead of sending its next command once `commands_left` is used up; a transaction is one sending."""

    commands_left = 0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if not self.commands_left:
            raise Killed
        self.commands_left -= 1
        return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("commands", range(1, 8))
def test_a_consumer_killed_after_any_command_leaves_nothing_that_nobody_will_handle(site: Site, commands: int) -> None:
    for number in range(3):
        streams.publish(site.frames, "f", str(number))
    dying = DyingClient.from_url(site.settings.redis_frames_url)
    assert isinstance(dying, DyingClient)
    dying.commands_left = commands
    with suppress(Killed):
        for _ in range(4):
            frame_consumer(dying, "one").turn()
    time.sleep(0.01)
    for _ in range(3):
        frame_consumer(site.frames, "two").turn()
    assert site.frames.xlen("f") == 0
    dying.close()


def frame_consumer(client: redis.Redis, name: str) -> Consumer:
    return Consumer(
        client,
        "g",
        name,
        lambda: ["f"],
        lambda _: None,
        batch=1,
        block_ms=10,
        claim_idle_ms=1,
        claim_every=0,
        delete_handled=True,
    )


def test_several_streams_are_read_in_one_turn(site: Site) -> None:
    for name in ("s", "t", "u"):
        streams.publish(site.events, name, name)
    diary = Diary()
    assert consumer(site, diary, "one", "s", "t", "u").turn() == 3
    assert sorted(diary.seen) == [b"s", b"t", b"u"]


def test_a_server_that_is_away_for_a_moment_costs_nothing(site: Site) -> None:
    streams.publish(site.events, "s", "a")
    tries: list[int] = []

    def shaky(_: Sequence[Entry]) -> None:
        tries.append(1)
        if len(tries) < 2:
            raise TimeoutError

    reader = Consumer(site.events, "g", "one", lambda: ["s"], shaky, block_ms=10, transient=(TimeoutError,))
    reader.turn()
    assert len(tries) == 2
    assert site.events.xpending("s", "g")["pending"] == 0
