from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recognizer.read.ctc import SYMBOLS
from training.reader.labels import BLANK, COLUMNS, GAP, encoded, exact_share, folded_share, greedy


def steps(*indices: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.eye(COLUMNS, dtype=np.float32)[list(indices)]


@given(st.text(SYMBOLS, max_size=10))
def test_a_text_is_read_back_when_a_blank_follows_each_character(text: str) -> None:
    path = [index for symbol in encoded(text) for index in (symbol, symbol, BLANK)]
    assert greedy(steps(BLANK, *path)) == text


def test_a_character_over_several_steps_counts_once() -> None:
    a, b = encoded("AB")
    assert greedy(steps(a, a, a, b, b)) == "AB"


def test_what_no_plate_carries_is_refused() -> None:
    with pytest.raises(ValueError, match="not found"):
        encoded("A-1")


def test_look_alikes_count_as_one_only_when_folded() -> None:
    assert exact_share(["AB0", "XY1"], ["ABO", "XY1"]) == 0.5
    assert folded_share(["AB0", "XY1"], ["ABO", "XY1"]) == 1.0
    assert math.isnan(exact_share([], []))


def test_a_gap_stands_before_its_character_and_is_left_out_of_the_text() -> None:
    written = encoded("AB12", frozenset({2}))
    assert written == [*encoded("AB"), GAP, *encoded("12")]
    assert greedy(steps(*written)) == "AB12"
