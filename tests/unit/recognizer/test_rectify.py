"""Crops come out upright, large enough and where they were asked."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from services.recognizer.contracts import Picture
from services.recognizer.rectify import MAX_HEIGHT, MIN_HEIGHT, sharpness, side_lengths, straighten, widen
from shared.geometry import Box, Quad


def quad(*corners: tuple[float, float]) -> Quad:
    a, b, c, d = corners
    return Quad(corners=(a, b, c, d))


def stripes(height: int, width: int) -> Picture:
    """Left half red, right half blue."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2, 2] = 255
    picture[:, width // 2 :, 0] = 255
    return picture


def test_a_tilted_plate_becomes_upright() -> None:
    corners = quad((100, 60), (290, 120), (275, 165), (85, 105))
    scene = np.zeros((300, 400, 3), np.uint8)
    warp = cv2.getPerspectiveTransform(
        np.array([(0, 0), (200, 0), (200, 50), (0, 50)], np.float32), np.array(corners.corners, np.float32)
    )
    cv2.warpPerspective(stripes(50, 200), warp, (400, 300), dst=scene)
    crop = straighten(scene, corners)
    middle = crop[crop.shape[0] // 2]
    assert middle[crop.shape[1] // 4].tolist() == [0, 0, 255]
    assert middle[crop.shape[1] * 3 // 4].tolist() == [255, 0, 0]


@pytest.mark.parametrize(("height", "expected"), [(8, MIN_HEIGHT), (48, 48), (90, 90), (400, MAX_HEIGHT)])
def test_crops_are_scaled_into_what_readers_take_and_keep_their_shape(height: int, expected: int) -> None:
    crop = straighten(np.zeros((500, 2500, 3), np.uint8), Quad.of_box(Box(x=0, y=0, width=height * 4, height=height)))
    assert crop.shape == (expected, expected * 4, 3)


def test_a_quadrilateral_without_area_gives_a_small_crop_and_no_error() -> None:
    assert straighten(np.zeros((50, 50, 3), np.uint8), quad((5, 5), (5, 5), (5, 5), (5, 5))).size > 0


def test_outside_the_picture_its_border_goes_on() -> None:
    crop = straighten(np.full((20, 40, 3), 90, np.uint8), Quad.of_box(Box(x=-20, y=-10, width=80, height=40)))
    assert crop.min() == crop.max() == 90


def test_widening_moves_the_sides_by_shares_of_the_height() -> None:
    widened = widen(Quad.of_box(Box(x=100, y=100, width=80, height=20)), 0.5, 0.1)
    assert widened.box == Box(x=90, y=98, width=100, height=24)


def test_widening_follows_the_tilt() -> None:
    tilted = quad((0, 0), (60, 80), (52, 86), (-8, 6))
    width, height = side_lengths(widen(tilted, 0.2, 0.1))
    assert width == pytest.approx(104)
    assert height == pytest.approx(12)


def test_a_blurred_crop_is_less_sharp_whatever_its_size() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (64, 200, 3), dtype=np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 3).astype(np.uint8)
    larger = cv2.resize(blurred, (400, 128), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    assert sharpness(noise) > 5 * sharpness(blurred)
    assert sharpness(larger) == pytest.approx(sharpness(blurred), rel=0.3)
