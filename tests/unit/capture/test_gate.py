from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capture.gate import HOLD_SECONDS, Luma, MotionGate, Pace

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def road(car_at: int | None = None, light: int = 0, seed: int = 0) -> Luma:
    """A small grey road with noise; the car is a bright box of 16 by 10 pixels."""
    noise = np.random.default_rng(seed).normal(90 + light, 3, (90, 160))
    if car_at is not None:
        noise[40:50, car_at : car_at + 16] += 80
    return np.clip(noise, 0, 255).astype(np.uint8)


def settled(gate: MotionGate, until: float = 10.0) -> None:
    """Lets the gate see an empty road long enough to close."""
    for tick in range(int(until * 5)):
        admitted = gate.admits(road(seed=tick), tick / 5)
    assert not admitted


def test_the_first_picture_passes_because_a_vehicle_may_stand_there_already() -> None:
    assert MotionGate().admits(road(), 0.0)


def test_noise_alone_closes_the_gate() -> None:
    gate = MotionGate()
    settled(gate)
    assert not any(gate.admits(road(seed=100 + tick), 10.2 + tick / 5) for tick in range(20))


def test_a_vehicle_opens_the_gate_and_it_stays_open_a_little_after_the_motion() -> None:
    gate = MotionGate()
    settled(gate)
    assert gate.admits(road(car_at=60, seed=1), 10.2)
    assert gate.admits(road(seed=2), 10.4)
    later = [gate.admits(road(seed=tick), 10.4 + tick / 5) for tick in range(1, 40)]
    assert later[0]
    assert not later[-1]


def test_the_area_of_the_motion_holds_the_vehicle_and_little_else() -> None:
    gate = MotionGate()
    settled(gate)
    assert gate.area is None
    gate.admits(road(car_at=60, seed=1), 10.2)
    gate.admits(road(car_at=66, seed=2), 10.4)
    assert gate.area is not None
    left, top, right, bottom = gate.area
    assert left * 160 <= 60
    assert right * 160 >= 82
    assert top * 90 <= 40
    assert bottom * 90 >= 50
    assert (right - left) * (bottom - top) < 0.1


def test_a_long_lasting_motion_does_not_pile_up_its_area() -> None:
    gate = MotionGate()
    settled(gate)
    for tick in range(20):
        gate.admits(road(car_at=5 + 7 * tick, seed=tick), 10.2 + tick / 5)
    assert gate.area is not None
    assert gate.area[0] > 0.3


def test_a_vehicle_that_stays_becomes_background() -> None:
    gate = MotionGate()
    settled(gate)
    admitted = [gate.admits(road(car_at=60, seed=tick), 10.2 + tick / 5) for tick in range(100)]
    assert admitted[: int(HOLD_SECONDS * 5)] == [True] * int(HOLD_SECONDS * 5)
    assert not admitted[-1]


def test_a_change_of_light_is_no_motion() -> None:
    gate = MotionGate()
    settled(gate)
    assert not gate.admits(road(light=40, seed=1), 10.2)


def test_motion_outside_the_regions_does_not_count() -> None:
    gate = MotionGate((LEFT_HALF,))
    settled(gate)
    assert not gate.admits(road(car_at=120, seed=1), 10.2)
    assert gate.admits(road(car_at=20, seed=2), 10.4)


def test_a_region_without_any_pixel_lets_nothing_through_after_the_start() -> None:
    gate = MotionGate((((2.0, 2.0), (3.0, 2.0), (3.0, 3.0)),))
    settled(gate)
    assert not gate.admits(road(car_at=60), 10.2)


def test_another_resolution_starts_the_gate_anew() -> None:
    gate = MotionGate((LEFT_HALF,))
    settled(gate)
    assert gate.admits(cv2.resize(road(), (160, 120)).astype(np.uint8), 10.2)


@pytest.mark.parametrize(("arriving", "wanted", "taken"), [(25, 5, 5), (12, 60, 12), (10, 10, 10), (30, 1, 1)])
def test_the_pace_lets_through_its_rate_and_never_more_than_arrives(arriving: int, wanted: int, taken: int) -> None:
    pace = Pace(wanted)
    due = sum(pace.due(number / arriving) for number in range(arriving * 20))
    assert taken * 20 <= due <= taken * 20 + 1


def test_after_a_pause_the_pace_does_not_catch_up() -> None:
    pace = Pace(5)
    pace.due(0.0)
    pace.due(100.0)
    assert not pace.due(100.05)


@given(st.lists(st.floats(0.001, 2.0), min_size=1, max_size=200), st.floats(0.5, 30))
def test_the_pace_never_exceeds_its_rate_whatever_the_rhythm(gaps: list[float], rate: float) -> None:
    pace, at, taken = Pace(rate), 0.0, 0
    for gap in gaps:
        taken += pace.due(at)
        at += gap
    assert taken <= at * rate + 2
