from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capture.demo.plates import DESIGNS, draw, invent


@given(seed=st.integers(0, 2**32 - 1), country=st.sampled_from(sorted(DESIGNS)))
def test_invented_plates_use_no_letter_that_passes_for_a_digit(seed: int, country: str) -> None:
    design = DESIGNS[country]
    written = invent(country, np.random.default_rng(seed))
    area = max((area for area in design.areas if written.startswith(area)), key=len)
    for made, wanted in zip(written[len(area) :], design.pattern, strict=True):
        assert made in "ACEFHJKLMNPRTUVWXY" if wanted == "A" else made.isdigit() if wanted == "9" else made == wanted


def test_the_same_seed_invents_the_same_plates() -> None:
    first, second = ([invent(c, np.random.default_rng(3)) for c in DESIGNS] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("country", sorted(DESIGNS))
def test_the_same_text_gives_the_same_pixels_and_another_text_others(country: str) -> None:
    rng = np.random.default_rng(1)
    one, two = invent(country, rng), invent(country, rng)
    assert np.array_equal(draw(country, one), draw(country, one))
    assert not np.array_equal(draw(country, one), draw(country, two))


@pytest.mark.parametrize("country", sorted(DESIGNS))
def test_a_plate_shows_as_many_glyphs_as_its_text_has(country: str) -> None:
    written = invent(country, np.random.default_rng(5))
    brightest = draw(country, written)[20:-20, 90:-12].max(axis=2)
    _, _, stats, _ = cv2.connectedComponentsWithStats((brightest < 90).astype(np.uint8))
    tall = [s for s in stats[1:] if s[cv2.CC_STAT_HEIGHT] > 120 and s[cv2.CC_STAT_WIDTH] > 20]
    assert len(tall) == sum(c.isalnum() for c in written)


@pytest.mark.parametrize(("country", "yellow"), [("NLD", True), ("GBR", True), ("DEU", False), ("UKR", False)])
def test_dutch_plates_and_british_rears_are_yellow_and_others_white(country: str, yellow: bool) -> None:
    plate = draw(country, invent(country, np.random.default_rng(2)))
    blue, _, red = np.median(plate[20:-20, 110:-20].reshape(-1, 3), axis=0)
    assert (red - blue > 120) == yellow


def test_ukrainian_bands_are_blue_over_yellow() -> None:
    plate = draw("UKR", "AA 4827 KC")
    assert plate[30, 40, 0] > plate[30, 40, 2]
    assert plate[90, 40, 2] > plate[90, 40, 0]
