from __future__ import annotations

import numpy as np
import pytest

from services.capture.demo.bodies import HATCH, Look
from services.capture.demo.overlay import Overlay, Pose
from services.capture.demo.paint import Picture
from services.capture.demo.plates import draw
from services.capture.demo.vehicles import draw_vehicle

GREY = 128


@pytest.fixture(scope="module")
def overlay() -> Overlay:
    return Overlay(draw_vehicle(Look(HATCH, (150, 60, 30), -1.3), draw("NLD", "K-482-PX"), front=True))


def drawn(overlay: Overlay, **changes: float) -> Picture:
    frame = np.full((400, 400, 3), GREY, np.uint8)
    wanted = {"x": 200.0, "y": 300.0, "scale": 100.0, "darkness": 0.0, "opacity": 1.0, "blur": 0.0} | changes
    foot = wanted.pop("x"), wanted.pop("y")
    overlay.put(frame, Pose(foot, **wanted))
    return frame


def touched(frame: Picture) -> int:
    return int((frame != GREY).any(axis=2).sum())


def test_a_vehicle_twice_as_near_covers_four_times_as_much(overlay: Overlay) -> None:
    assert touched(drawn(overlay, scale=100)) == pytest.approx(4 * touched(drawn(overlay, scale=50)), rel=0.1)


@pytest.mark.parametrize(("x", "y"), [(-2000, 300), (2000, 300), (200, -2000), (200, 3000)])
def test_a_vehicle_outside_the_frame_changes_nothing(overlay: Overlay, x: float, y: float) -> None:
    assert touched(drawn(overlay, x=x, y=y, darkness=0.5)) == 0


def test_a_vehicle_that_hangs_over_the_edge_is_cut_not_shifted(overlay: Overlay) -> None:
    whole, shifted = drawn(overlay, x=200), drawn(overlay, x=0)
    assert np.array_equal(whole[:, 200:], shifted[:, :200])


def test_a_vehicle_in_the_haze_is_hardly_seen(overlay: Overlay) -> None:
    clear, hazy = (np.abs(drawn(overlay, opacity=share).astype(int) - GREY).mean() for share in (1.0, 0.1))
    assert 0 < hazy < 0.2 * clear


def test_headlights_shine_beyond_the_vehicle_at_night_only(overlay: Overlay) -> None:
    day, night = drawn(overlay, darkness=0.0), drawn(overlay, darkness=1.0)
    assert touched(night) > 1.2 * touched(day)


def test_blur_smears_up_and_down_and_keeps_the_brightness(overlay: Overlay) -> None:
    sharp, blurred = (drawn(overlay, blur=blur).astype(float) for blur in (0.0, 6.0))
    assert np.abs(np.diff(blurred, axis=0)).mean() < 0.8 * np.abs(np.diff(sharp, axis=0)).mean()
    assert blurred.mean() == pytest.approx(sharp.mean(), abs=1)
