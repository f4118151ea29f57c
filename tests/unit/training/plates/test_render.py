from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.plates.render import PlateFactory, RenderedPlate


@pytest.fixture(scope="module")
def plates() -> list[RenderedPlate]:
    factory, rng = PlateFactory(None), np.random.default_rng(5)
    return [factory.make(rng) for _ in range(300)]


def test_plates_have_the_promised_size_and_text(plates: list[RenderedPlate]) -> None:
    for plate in plates:
        assert plate.image.dtype == np.uint8
        assert 64 <= plate.image.shape[0] <= 160
        assert plate.image.shape[2] == 3
        assert "".join(plate.row_texts) == plate.text
        assert plate.text.isalnum()
        assert all(plate.row_texts)


def test_rows_lie_one_below_the_other_within_the_plate(plates: list[RenderedPlate]) -> None:
    assert {plate.rows for plate in plates} == {1, 2}
    for plate in plates:
        edges = [edge for band in plate.row_bands for edge in band]
        assert len(plate.row_bands) == len(plate.row_texts) == plate.rows
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= 1


def test_each_row_shows_marks_within_its_band(plates: list[RenderedPlate]) -> None:
    for plate in plates:
        grey = cv2.cvtColor(plate.image, cv2.COLOR_BGR2GRAY).astype(int)
        for top, bottom in plate.row_bands:
            band = grey[round(top * len(grey)) : round(bottom * len(grey))]
            assert np.abs(np.diff(band, axis=1)).max() > 20


def test_letters_end_within_the_plate(plates: list[RenderedPlate]) -> None:
    for plate in plates:
        assert len(plate.row_ends) == plate.rows
        assert all(0 <= left < right <= 1 for left, right in plate.row_ends)


def test_the_same_seed_draws_the_same_plates() -> None:
    first, second = PlateFactory(None), PlateFactory(None)
    a, b = np.random.default_rng(6), np.random.default_rng(6)
    for _ in range(10):
        one, other = first.make(a), second.make(b)
        assert one.text == other.text
        assert np.array_equal(one.image, other.image)


def test_a_frame_surrounds_the_unchanged_plate(plates: list[RenderedPlate]) -> None:
    whole, (left, top, width, height) = PlateFactory(None).frame(plates[0], np.random.default_rng(7))
    assert np.array_equal(whole[top : top + height, left : left + width], plates[0].image)
    assert whole.shape[0] > height
    assert whole.shape[1] > width


def test_a_folder_without_fonts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="train-fonts"):
        PlateFactory(tmp_path)
