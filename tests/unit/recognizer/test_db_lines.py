"""A map of probabilities becomes corners: pure geometry, no network."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from services.recognizer.locate.ppocr import UNCLIP, lines

CENTER = (100.0, 60.0)
WIDTH, HEIGHT = 80.0, 20.0


def core(angle: float, chance: float = 0.9) -> NDArray[np.float32]:
    """A map of 200 × 120 with the core of one line."""
    probabilities = np.zeros((120, 200), np.float32)
    corners = cv2.boxPoints((CENTER, (WIDTH, HEIGHT), angle))
    cv2.fillPoly(probabilities, [corners.round().astype(np.int32)], (chance,))
    return probabilities


@pytest.mark.parametrize("angle", [-30.0, -10.0, 0.0, 10.0, 30.0])
def test_a_core_grows_by_what_training_had_shrunk_it_and_keeps_its_tilt(angle: float) -> None:
    (line,) = lines(core(angle))
    grown = UNCLIP * WIDTH * HEIGHT / (WIDTH + HEIGHT)
    upper_left, upper_right, lower_right, lower_left = line
    assert math.dist(upper_left, upper_right) == pytest.approx(WIDTH + grown, abs=4)
    assert math.dist(upper_left, lower_left) == pytest.approx(HEIGHT + grown, abs=4)
    assert np.allclose(line.mean(axis=0), CENTER, atol=2)
    right, down = upper_right - upper_left, lower_right - upper_right
    assert math.degrees(math.atan2(right[1], right[0])) == pytest.approx(angle, abs=2)
    assert right[0] * down[1] - right[1] * down[0] > 0, "clockwise as seen"


def test_two_lines_are_two() -> None:
    probabilities = core(0.0)
    probabilities[5:20, 10:60] = 0.8
    assert len(lines(probabilities)) == 2


def test_faint_and_tiny_cores_are_no_lines() -> None:
    assert lines(core(0.0, chance=0.4)) == []
    assert lines(core(0.0, chance=0.2)) == []
    tiny = np.zeros((120, 200), np.float32)
    tiny[50:52, 50:80] = 1.0
    assert lines(tiny) == []


@pytest.mark.parametrize("value", [math.nan, 0.0])
def test_an_empty_map_or_one_without_numbers_has_no_lines(value: float) -> None:
    assert lines(np.full((64, 64), value, np.float32)) == []


def test_a_core_at_the_border_stays_countable() -> None:
    probabilities = np.zeros((64, 64), np.float32)
    probabilities[:20, :] = 0.9
    assert len(lines(probabilities)) == 1
