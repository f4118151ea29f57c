"""A reactor that dies at any step of a decision, or anywhere at all, fires neither twice nor never."""

from __future__ import annotations

import itertools
import random
import subprocess
import time
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from shared import streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import CoolDown, EventRow, ReactionRule, Track
from shared.geometry import Box
from shared.messages import Event, FrameReads
from shared.rules.trace import opened
from shared.testing import a_read, frame_reads
from tests.integration.reactor.test_kill import start
from tests.integration.reactor.yard import Yard


class PowerCutError(Exception):
    pass


def passing(camera: UUID, plate: str, begins: float = 0.0) -> list[FrameReads]:
    boxes = (Box(x=60 * i, y=200, width=120, height=30) for i in range(5))
    return [frame_reads(camera, a_read(plate, box=box), second=begins + i / 5) for i, box in enumerate(boxes)]


def plate_of(number: int) -> str:
    return f"{'BCDFGHJKLM'[number % 10]}{number:02d}{'XYZVW'[number % 5]}{number * 37 % 1000:03d}"


def once_an_hour(yard: Yard) -> None:
    destination = yard.destination("Gate", send_on="both")
    with transaction(yard.site.engine) as session:
        rule = session.scalars(select(ReactionRule).where(ReactionRule.destination_id == destination)).one()
        rule.settings = {"lists": ["any"], "cool_down": 3600}


def firings(yard: Yard) -> Counter[tuple[str, str]]:
    return Counter((Event.model_validate(row.event).plate, row.moment) for row in yard.deliveries())


def test_a_reactor_that_dies_before_any_one_of_its_statements_fires_once_when_it_is_back(yard: Yard) -> None:
    once_an_hour(yard)
    camera = yard.camera()
    for number in itertools.count():
        frames, left = passing(camera, plate_of(number), 60.0 * number), [number]

        def cut(*_: object, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise PowerCutError

        reactor = yard.reactor()
        event.listen(yard.site.engine, "before_cursor_execute", cut)
        try:
            yard.feed(reactor, *frames)
            died = False
        except PowerCutError:
            died = True
        finally:
            event.remove(yard.site.engine, "before_cursor_execute", cut)
        yard.feed(yard.reactor(), *frames)
        yard.feed(yard.reactor(), *frames)
        assert firings(yard)[plate_of(number), "detect"] == 1
        if not died:
            break
    assert number > 10
    with transaction(yard.site.engine) as session:
        assert session.scalar(select(func.count()).select_from(CoolDown)) == number + 1
        decided = session.scalars(select(EventRow.decision)).all()
    assert all(opened(column)[0].rules[0].fired for column in decided)
    assert len(decided) == number + 1


@pytest.mark.slow
def test_two_reactors_that_are_killed_over_and_over_fire_once_for_a_plate_at_three_cameras(yard: Yard) -> None:
    once_an_hour(yard)
    cameras = [yard.camera(f"Gate {number}") for number in range(3)]
    plates, seconds, dice = [plate_of(number) for number in range(16)], 24.0, random.Random(11)
    frames = [
        (frame.captured_at, frame.model_copy(update={"frame_id": f"{camera.hex}-{number}-{index}"}))
        for number, plate in enumerate(plates)
        for camera in cameras
        for index, frame in enumerate(passing(camera, plate, 2.0 + number * (seconds - 8) / len(plates)))
    ]
    frames.sort(key=lambda item: (item[0], item[1].frame_id))
    first, began, origin = frames[0][0], time.monotonic(), now()
    kills = sorted(dice.uniform(1.0, seconds - 9) for _ in range(8))
    reactors = [start(yard.site), start(yard.site)]
    try:
        for at, frame in frames:
            second = (at - first).total_seconds()
            if kills and kills[0] < second:
                kills.pop(0)
                reactors.append(_killed(reactors.pop(0), yard))
            time.sleep(max(0.0, second - (time.monotonic() - began)))
            sent = frame.model_copy(update={"captured_at": origin + timedelta(seconds=second)})
            stream = streams.reads(streams.shard_of(frame.camera_id))
            streams.publish(yard.site.events, stream, sent.model_dump_json())
        _wait_until_all_lost(yard, len(plates) * len(cameras))
    finally:
        for reactor in reactors:
            reactor.kill()
            reactor.wait()
    assert not kills
    assert yard.count(EventRow) == len(plates) * len(cameras)
    expected = {(plate, moment) for plate in plates for moment in ("detect", "lost")}
    assert firings(yard) == dict.fromkeys(expected, 1)


def _killed(reactor: subprocess.Popen[bytes], yard: Yard) -> subprocess.Popen[bytes]:
    """Kills it; returns its successor."""
    reactor.kill()
    reactor.wait()
    return start(yard.site)


def _wait_until_all_lost(yard: Yard, expected: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with transaction(yard.site.engine) as session:
            lost = session.scalar(select(func.count()).where(EventRow.state == "lost")) or 0
            open_now = sum(len(state["open"]) for state in session.scalars(select(Track.state)))
        if lost >= expected and not open_now:
            return
        time.sleep(0.3)
