"""The curve rises, passes through what was measured, and does not believe a handful of reads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.calibration.knots import bins, knots

Pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200)


@given(Pairs)
def test_the_curve_rises_and_stays_between_never_and_always(pairs: list[tuple[float, bool]]) -> None:
    curve = knots([said for said, _ in pairs], [right for _, right in pairs])
    xs, ys = zip(*curve, strict=True)
    assert list(xs) == sorted(xs)
    assert all(a <= b + 1e-3 for a, b in pairwise(ys))
    assert all(0 <= y < 1 for y in ys)


def test_reads_that_say_too_much_are_brought_down_to_what_was_right() -> None:
    rng = np.random.default_rng(1)
    said = rng.uniform(0.5, 1, 20_000)
    right = rng.uniform(size=20_000) < said**3
    xs, ys = zip(*knots(said.tolist(), right.tolist(), 20), strict=True)
    for at in (0.6, 0.75, 0.9):
        assert abs(np.interp(at, xs, ys) - at**3) < 0.03


def test_bins_hold_equally_many_reads_in_order() -> None:
    found = bins([0.9, 0.1, 0.5, 0.7], [True, False, True, True], 2)
    assert [(b.count, round(b.said, 2), b.right) for b in found] == [(2, 0.3, 0.5), (2, 0.8, 1.0)]
