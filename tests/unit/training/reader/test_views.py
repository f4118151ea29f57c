from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.plates.render import PlateFactory
from training.reader.appearance import LEAST_CONTRAST, lit, taken, to_grey
from training.reader.views import HEIGHT, WIDTH, Field, cut_out, synthetic_views


def test_views_have_the_networks_size_and_a_row_of_the_plate_as_text() -> None:
    factory, rng = PlateFactory(None), np.random.default_rng(1)
    for _ in range(60):
        for sample in synthetic_views(factory, rng, 2):
            assert sample.crop.shape == (HEIGHT, WIDTH)
            assert sample.crop.dtype == np.uint8
            assert sample.text.isalnum()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10_000), pixels=st.floats(9, 44))
def test_the_ends_of_the_text_stay_in_the_crop(seed: int, pixels: float) -> None:
    grey = np.full((160, 460), 30, np.uint8)
    grey[30:130, 30:430] = 100
    grey[50:110, 50:80] = grey[50:110, 380:410] = 255
    field = Field(grey, (30, 30, 430, 130), (50, 50, 410, 110), 60.0)
    crop = cut_out(field, pixels / 60, np.random.default_rng(seed))
    bright = crop.max(axis=0) > 170
    assert bright[: len(bright) // 3].any()
    assert bright[len(bright) * 2 // 3 :].any()


def test_the_same_seed_takes_the_same_photo() -> None:
    first, second = (synthetic_views(PlateFactory(None), np.random.default_rng(2), 2) for _ in range(2))
    assert all(np.array_equal(a.crop, b.crop) and a.text == b.text for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("shape", [(4, 6), (9, 40), (60, 300)])
def test_light_and_camera_keep_size_and_some_contrast(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    pattern = np.tile(np.array([60, 190], np.uint8), (shape[0], shape[1] // 2))
    results = [taken(lit(pattern.copy(), rng, 1.0), rng, 1.0) for _ in range(200)]
    assert {result.shape for result in results} == {pattern.shape}
    assert np.median([result.std() for result in results]) > LEAST_CONTRAST / 2


def test_grey_of_a_grey_picture_keeps_its_level_whatever_the_sensor() -> None:
    rng = np.random.default_rng(4)
    picture = np.full((8, 8, 3), 120, np.uint8)
    for _ in range(20):
        assert np.abs(to_grey(picture, rng).astype(int) - 120).max() <= 1
