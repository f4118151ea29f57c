"""A reactor that is killed at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from shared import streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import DeliveryRow, EventRow, Track
from shared.messages import FrameReads
from shared.testing import Site, a_read, frame_reads
from tests.integration.reactor.yard import Yard

KILLS = 12
PASSAGES = 40
CAMERAS = 3
SECONDS = 30.0


def start(site: Site) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DATABASE_URL": site.settings.database_url,
        "REDIS_EVENTS_URL": site.settings.redis_events_url,
        "REDIS_FRAMES_URL": site.settings.redis_frames_url,
        "PLATEWIRE_DATA_DIR": str(site.settings.data_dir),
        "PLATEWIRE_SECRET_KEY": site.settings.secret_key.get_secret_value(),
        "PLATEWIRE_RUN_DIR": str(site.settings.data_dir),
    }
    command = [sys.executable, "-m", "services.reactor"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def schedule(cameras: list[UUID]) -> Iterator[tuple[float, FrameReads]]:
    """Frames of vehicles one after the other at each camera; each goes out at its second."""
    for number in range(PASSAGES):
        begins = 2.0 + number * (SECONDS - 6) / PASSAGES
        camera, plate = (
            cameras[number % CAMERAS],
            f"{'BCDFGHJKLM'[number % 10]}{number:02d}{'XYZVW'[number % 5]}{number * 37 % 1000:03d}",
        )
        for i in range(6):
            second = begins + i / 5
            frame = frame_reads(camera, a_read(plate), second=second)
            yield second, frame.model_copy(update={"frame_id": f"{camera.hex}-{number}-{i}"})


@pytest.mark.slow
def test_a_reactor_killed_at_random_moments_loses_and_doubles_nothing(yard: Yard) -> None:
    site: Site = yard.site
    cameras = [yard.camera(f"Gate {n}") for n in range(CAMERAS)]
    destinations = {yard.destination("Office", send_on="both"), yard.destination("Sign")}
    frames = sorted(schedule(cameras), key=lambda item: item[0])
    dice = random.Random(7)
    kills = sorted(dice.uniform(1.0, SECONDS - 4) for _ in range(KILLS))
    reactor, began, origin = start(site), time.monotonic(), now()
    try:
        for second, frame in frames:
            while kills and kills[0] < second:
                time.sleep(max(0.0, kills.pop(0) - (time.monotonic() - began)))
                reactor.kill()
                reactor.wait()
                reactor = start(site)
            time.sleep(max(0.0, second - (time.monotonic() - began)))
            sent = frame.model_copy(update={"captured_at": origin + timedelta(seconds=second)})
            for _ in range(dice.choice((1, 1, 2))):
                shard = streams.shard_of(frame.camera_id)
                streams.publish(site.events, streams.reads(shard), sent.model_dump_json())
        _wait_until_all_lost(site)
    finally:
        reactor.kill()
        reactor.wait()
    assert not kills
    _assert_each_exactly_once(site, destinations)


def _wait_until_all_lost(site: Site) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        with transaction(site.engine) as session:
            lost = session.scalar(select(func.count()).where(EventRow.state == "lost")) or 0
            open_now = sum(len(state["open"]) for state in session.scalars(select(Track.state)))
        waiting = sum(site.events.xlen(streams.reads(shard)) for shard in range(streams.SHARDS))
        if lost >= PASSAGES and not open_now and not waiting:
            return
        time.sleep(0.2)


def _assert_each_exactly_once(site: Site, destinations: set[UUID]) -> None:
    with transaction(site.engine) as session:
        plates = Counter(session.scalars(select(EventRow.plate)))
        states = set(session.scalars(select(EventRow.state)))
        delivered = Counter((row.destination_id, row.moment) for row in session.scalars(select(DeliveryRow)))
        cars = {(row.camera_id, row.car_id) for row in session.scalars(select(EventRow))}
    assert sum(plates.values()) == len(plates) == PASSAGES
    assert states == {"lost"}
    assert {destination for destination, _ in delivered} == destinations
    assert sorted(delivered.values()) == [PASSAGES] * 3
    assert len(cars) == PASSAGES
    assert site.events.xlen("reads:0.dead") == 0
