from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.geometry import Box, Quad

NUMBER = st.integers(-200, 500)
BOX = st.builds(Box, x=NUMBER, y=NUMBER, width=st.integers(1, 300), height=st.integers(1, 300))


@given(BOX, BOX)
def test_overlap_is_symmetric_and_whole_only_for_the_same_box(a: Box, b: Box) -> None:
    assert a.iou(b) == b.iou(a)
    assert 0 <= a.iou(b) <= 1
    assert (a.iou(b) == 1) == (a == b)


@given(BOX)
def test_a_clamped_box_lies_inside_the_picture(box: Box) -> None:
    inside = box.clamp(100, 80)
    assert 0 <= inside.x <= inside.x + inside.width <= 100
    assert 0 <= inside.y <= inside.y + inside.height <= 80


@given(BOX)
def test_a_box_is_the_box_of_its_corners(box: Box) -> None:
    assert Quad.of_box(box).box == box
