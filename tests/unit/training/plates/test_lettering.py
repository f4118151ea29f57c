from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.plates.fonts import CHARACTERS, own_fonts
from training.plates.lettering import Lettering, Line, line_width, write

FONTS = own_fonts()
PLAIN = Lettering(FONTS[0], 1.0, 0.15, 0.4, 0.0, marks=True)


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(st.text(CHARACTERS, min_size=1, max_size=5), min_size=1, max_size=4),
    width=st.integers(30, 400),
    cell=st.sampled_from([0.0, 0.7]),
)
def test_a_line_never_leaves_its_box_however_long_it_is(groups: list[str], width: int, cell: float) -> None:
    plane = np.zeros((80, 440), np.uint8)
    lettering = Lettering(FONTS[1], 1.0, 0.15, 0.4, cell, marks=True)
    write(plane, Line(tuple(groups), ("-",) * (len(groups) - 1)), lettering, (20, 10, width, 60))
    inked = np.argwhere(plane > 128)
    assert inked[:, 1].min() >= 18
    assert inked[:, 1].max() <= 22 + width
    assert inked[:, 0].min() >= 9
    assert inked[:, 0].max() <= 71


def test_a_gap_is_told_where_it_lies_and_left_empty_without_a_mark() -> None:
    plane = np.zeros((80, 400), np.uint8)
    (gap,) = write(plane, Line(("AB", "12"), (" ",)), PLAIN, (0, 10, 400, 60))
    assert gap[1] - gap[0] == pytest.approx(0.4 * 60)
    assert plane[:, round(gap[0]) + 1 : round(gap[1]) - 1].max() == 0


def test_a_dash_stands_in_its_gap_at_half_height() -> None:
    plane = np.zeros((80, 400), np.uint8)
    (gap,) = write(plane, Line(("AB", "12"), ("-",)), PLAIN, (0, 10, 400, 60))
    between = plane[:, round(gap[0]) + 1 : round(gap[1]) - 1]
    assert np.argwhere(between)[:, 0].mean() == pytest.approx(40, abs=2)


def test_wider_letters_make_a_wider_line() -> None:
    line = Line(("AB12",), ())
    wide = Lettering(FONTS[0], 1.4, 0.15, 0.4, 0.0, marks=True)
    assert line_width(line, wide) > line_width(line, PLAIN)
