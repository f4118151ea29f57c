"""Decoding keeps what a plate can carry, with its doubts, and leaves the rest out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.recognizer.read.ctc import SYMBOLS, PlateDecoder

COLUMNS = ["", *SYMBOLS, *"abo", "В", "О", "-", "·", " ", "中", "é"]


def steps(*each: dict[str, float]) -> NDArray[np.float32]:
    """One row per step; what a step does not name is spread over the blank."""
    rows = np.zeros((len(each), len(COLUMNS)), np.float32)
    for row, chances in zip(rows, each, strict=True):
        for name, probability in chances.items():
            row[COLUMNS.index(name)] = probability
        row[0] += 1.0 - row.sum()
    return rows


def sure(text: str) -> list[dict[str, float]]:
    """Each character between two blanks; a space is a blank alone."""
    return [{c: 0.97} if c else {} for character in text for c in (character, "")]


DECODER = PlateDecoder(COLUMNS)


def test_repeats_are_one_character_unless_a_blank_parts_them() -> None:
    raw = DECODER.decode(steps({"A": 0.9}, {"A": 0.8}, {}, {"A": 0.9}, {"1": 0.9}))
    assert raw.text == "AA1"


def test_lower_case_and_cyrillic_look_alikes_add_up_with_the_latin_letter() -> None:
    raw = DECODER.decode(steps({"B": 0.3, "b": 0.2, "В": 0.4}, {}, {"О": 0.5, "o": 0.3, "0": 0.15}))
    assert raw.text == "BO"
    assert raw.characters[0].probability == pytest.approx(0.9, abs=1e-3)
    symbol, probability = raw.characters[1].options[1]
    assert symbol == "0"
    assert probability == pytest.approx(0.15, abs=1e-3)


def test_separators_are_breaks_and_no_characters() -> None:
    raw = DECODER.decode(steps(*sure("RK-943·XJ")))
    assert raw.text == "RK943XJ"
    assert raw.breaks == {2, 5}


def test_foreign_characters_are_doubt_or_a_break() -> None:
    doubtful = DECODER.decode(steps({"8": 0.4, "中": 0.6}))
    assert doubtful.text == "8"
    assert doubtful.characters[0].probability == pytest.approx(0.4, abs=1e-3)
    badge = DECODER.decode(steps({"K": 0.9}, {}, {"8": 0.02, "中": 0.975, "é": 0.0}, {}, {"7": 0.9}))
    assert badge.text == "K7"
    assert badge.breaks == {1}


def test_a_crop_that_drives_the_network_out_of_range_gives_no_text() -> None:
    wild = steps(*sure("AB123"))
    wild[3, 7] = np.nan
    assert PlateDecoder(COLUMNS).decode(wild).text == ""
    wild[3, 7] = np.inf
    assert PlateDecoder(COLUMNS).decode(wild).text == ""


def test_four_options_at_most_the_likeliest_first() -> None:
    options = DECODER.decode(steps({"8": 0.5, "B": 0.2, "3": 0.1, "6": 0.08, "9": 0.05})).characters[0].options
    assert [symbol for symbol, _ in options] == ["8", "B", "3", "6"]


def test_centers_are_shares_of_the_crop_without_its_padding() -> None:
    raw = DECODER.decode(steps(*sure("A1"), *[{}] * 4), filled=0.5)
    assert raw.centers == pytest.approx((0.125, 0.625))


def test_only_blanks_give_an_empty_text() -> None:
    raw = DECODER.decode(steps({}, {}, {}))
    assert (raw.text, raw.characters, raw.centers, raw.breaks) == ("", (), (), frozenset())


@given(st.text(SYMBOLS, max_size=12))
def test_a_clear_text_is_decoded_as_it_stands(text: str) -> None:
    raw = DECODER.decode(steps(*sure(text)))
    assert raw.text == text
    assert len(raw.centers) == len(text)
    assert list(raw.centers) == sorted(raw.centers)
