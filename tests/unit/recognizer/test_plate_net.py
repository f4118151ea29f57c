"""Between pixels and the detector's numbers: how pictures are fitted in, and how raw cells become plates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recognizer.locate.plate_net import STEP, STRIDES, View, decode, fit, together
from services.recognizer.read.plate_net import HEIGHT, WIDTH, as_input

Sides = st.integers(1, 3000)


def silent(view: View) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Cells of which none sees a plate."""
    count = sum((view.height // stride) * (view.width // stride) for stride in STRIDES)
    raw = np.zeros((count, 13), np.float32)
    raw[:, 0] = -9
    return raw


def upright(raw: np.ndarray[tuple[int, ...], np.dtype[np.float32]], cell: int, score: float, reach: float) -> None:
    raw[cell] = (score, *([np.log(reach)] * 4), 0, 0, 1, 0, 1, 1, 0, 1)


@given(Sides, Sides)
def test_a_picture_is_never_enlarged_and_fits_the_networks_steps(width: int, height: int) -> None:
    canvas, view = fit(np.zeros((height, width, 3), np.uint8), 512)
    assert view.scale <= 1
    assert canvas.shape == (view.height, view.width, 3)
    assert view.height % STEP == view.width % STEP == 0
    assert max(canvas.shape) <= 512


def test_the_picture_lies_in_the_upper_left_and_the_rest_is_grey() -> None:
    canvas, view = fit(np.full((100, 1000, 3), 200, np.uint8), 512)
    assert (view.width, view.height) == (512, 64)
    assert (canvas[:51] == 200).all()
    assert (canvas[51:] == 114).all()


def test_cells_above_the_threshold_become_plates_in_the_pictures_own_pixels() -> None:
    view = View(0.5, 64, 96)
    raw = silent(view)
    upright(raw, 12 + 5, 2.0, 3.0)
    finds = decode(raw, view, 0.3)
    # Column 5 and row 1 of stride 8: the middle is (44, 12), the reach 24 pixels, and the picture twice as large.
    assert finds.boxes.tolist() == [pytest.approx([40, -24, 136, 72])]
    assert finds.corners[0].tolist() == [[40, -24], [136, -24], [136, 72], [40, 72]]
    assert finds.scores[0] == pytest.approx(1 / (1 + np.exp(-2)))


def test_several_cells_that_see_one_plate_give_one_find_and_the_best() -> None:
    view = View(1.0, 64, 96)
    raw = silent(view)
    for cell, score in ((17, 1.0), (18, 3.0), (19, 2.0)):
        upright(raw, cell, score, 6.0)
    finds = decode(raw, view, 0.3)
    assert len(finds.boxes) == 1
    assert finds.scores[0] == pytest.approx(1 / (1 + np.exp(-3)))


def test_two_plates_side_by_side_stay_two() -> None:
    view = View(1.0, 64, 96)
    raw = silent(view)
    upright(raw, 14, 2.0, 1.0)
    upright(raw, 20, 2.0, 1.0)
    assert len(decode(raw, view, 0.3).boxes) == 2


def test_nonsense_from_the_network_gives_no_plates_instead_of_an_error() -> None:
    view = View(1.0, 64, 96)
    raw = silent(view)
    upright(raw, 17, np.nan, 6.0)
    upright(raw, 40, 3.0, np.nan)
    assert len(decode(raw, view, 0.3).boxes) == 0


def test_finds_of_two_looks_are_told_once_and_the_clearer_stays() -> None:
    view = View(1.0, 64, 96)
    raw, smaller = silent(view), silent(view)
    upright(raw, 17, 1.0, 1.0)
    upright(raw, 80, 0.5, 1.0)
    upright(smaller, 17, 3.0, 1.1)
    both = together(decode(raw, view, 0.3), decode(smaller, view, 0.3))
    assert both.scores.tolist() == sorted(both.scores.tolist(), reverse=True)
    assert both.scores[0] == pytest.approx(1 / (1 + np.exp(-3)))
    assert len(both.boxes) == 2


@pytest.mark.parametrize("shape", [(48, 300, 3), (16, 40, 3), (1, 1, 3), (128, 90, 3)])
def test_any_crop_becomes_one_grey_row(shape: tuple[int, int, int]) -> None:
    row = as_input(np.full(shape, 255, np.uint8))
    assert row.shape == (1, HEIGHT, WIDTH)
    assert row.dtype == np.float32
    assert row.min() == row.max() == 1
