from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from services.capture.fleet import Fleet
from services.capture.reporter import Reporter
from services.capture.roster import Listed, Roster
from shared.process import Stop
from shared.status import CameraState, camera_status
from shared.testing import Site


def turn_until(fleet: Fleet, wanted: dict[UUID, Listed], happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 40
    while not happened():
        assert time.monotonic() < until
        fleet.turn(wanted)
        time.sleep(0.05)


def freeze(fleet: Fleet, camera: UUID) -> None:
    """What a library that hangs for ever looks like from outside."""
    pid = fleet.pid(camera)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)


@pytest.mark.slow
def test_a_process_that_gives_no_sign_of_life_is_killed_and_started_again(site: Site) -> None:
    camera = uuid4()
    wanted = {camera: Listed(1, True)}
    # A camera that is not in the database waits and gives its sign each second.
    fleet = Fleet(site.settings, silent_seconds=6)
    roster = Roster(site.engine, Stop())
    roster.cameras = wanted
    try:
        turn_until(fleet, wanted, lambda: camera_status(site.events, camera).state is CameraState.WAITING)
        freeze(fleet, camera)
        turn_until(fleet, wanted, lambda: camera in fleet.hung)
        Reporter(site.settings, roster, fleet, Stop()).tell()
        assert "started again" in camera_status(site.events, camera).message
        turn_until(fleet, wanted, lambda: fleet.restarts == 1 and camera not in fleet.hung)
    finally:
        fleet.end()
    assert fleet.running == 0


def test_a_camera_that_does_not_end_is_killed(site: Site) -> None:
    camera = uuid4()
    wanted = {camera: Listed(1, True)}
    fleet = Fleet(site.settings)
    turn_until(fleet, wanted, lambda: camera_status(site.events, camera).state is CameraState.WAITING)
    freeze(fleet, camera)
    turn_until(fleet, {}, lambda: not fleet.holds(camera))
    assert fleet.running == 0
