"""The blue band is seen where it is, and nothing else that is blue is taken for it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from services.recognizer.band import countries_with_band, has_band
from services.recognizer.contracts import Picture

BLUE, WHITE, YELLOW = (150, 60, 10), (235, 235, 235), (40, 190, 240)


def plate(paper: tuple[int, int, int], band: tuple[int, int, int] | None) -> Picture:
    """520 by 110 mm at half size, with a margin and letters."""
    picture = np.full((59, 266, 3), 60, np.uint8)
    picture[2:57, 3:263] = paper
    if band:
        picture[2:57, 3:23] = band
        cv2.putText(picture, "D", (7, 50), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (240, 240, 240), 1)
    cv2.putText(picture, "AB 123 CD", (40, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (20, 20, 20), 3)
    return picture


@pytest.mark.parametrize("paper", [WHITE, YELLOW])
def test_a_band_is_seen_on_white_and_yellow_plates(paper: tuple[int, int, int]) -> None:
    assert has_band(plate(paper, BLUE))
    assert not has_band(plate(paper, None))


def test_a_blue_plate_has_no_band() -> None:
    assert not has_band(plate(BLUE, None))


def test_a_bluish_evening_makes_no_band() -> None:
    evening = plate(WHITE, None).astype(np.int16) + np.array((60, 0, -20), np.int16)
    assert not has_band(np.clip(evening, 0, 255).astype(np.uint8))


def test_in_infrared_there_is_no_blue_to_see() -> None:
    grey = cv2.cvtColor(plate(WHITE, BLUE), cv2.COLOR_BGR2GRAY)
    assert not has_band(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8))


@pytest.mark.parametrize("shape", [(1, 1, 3), (48, 8, 3), (3, 200, 3)])
def test_the_smallest_crops_do_no_harm(shape: tuple[int, int, int]) -> None:
    assert not has_band(np.zeros(shape, np.uint8))


def test_countries_with_a_band_are_european() -> None:
    assert {"DEU", "SVK", "NLD", "GBR"} <= set(countries_with_band())
    assert not {"USA", "BRA", "ISR", "IND"} & set(countries_with_band())
