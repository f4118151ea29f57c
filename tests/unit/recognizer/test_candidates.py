"""Only lines that can be plates are read, and parts of one plate find each other."""

from __future__ import annotations

import math

import pytest

from services.recognizer.candidates import abreast, inside, plausible, stacked
from shared.geometry import Box, Point, Polygon, Quad

LEFT_HALF: Polygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
ARROW: Polygon = ((0.0, 0.0), (1.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.0, 1.0))


def line(x: int, y: int, width: int = 90, height: int = 20) -> Quad:
    return Quad.of_box(Box(x=x, y=y, width=width, height=height))


def turned(degrees: float) -> Quad:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    a, b, d, e = ((300 + x * c - y * s, 200 + x * s + y * c) for x, y in ((0, 0), (90, 0), (90, 20), (0, 20)))
    return Quad(corners=(a, b, d, e))


@pytest.mark.parametrize(
    ("quad", "kept"),
    [
        (line(100, 100), True),
        (line(100, 100, 400, 20), False),
        (line(100, 100, 20, 60), False),
        (line(100, 100, 12, 8), False),
        (line(100, 100, 40, 4), False),
        (line(0, 0, 600, 300), False),
        (turned(20), True),
        (turned(60), False),
    ],
)
def test_size_shape_and_tilt_of_a_plate(quad: Quad, kept: bool) -> None:
    assert plausible(quad, 640, 480) is kept


def test_only_lines_whose_middle_lies_in_a_region_are_kept() -> None:
    assert plausible(line(100, 100), 640, 480, (LEFT_HALF,))
    assert not plausible(line(400, 100), 640, 480, (LEFT_HALF,))
    assert plausible(line(400, 100), 640, 480, (LEFT_HALF, ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0))))


@pytest.mark.parametrize(("point", "expected"), [((0.2, 0.5), True), ((0.9, 0.5), False), ((0.9, 0.05), True)])
def test_a_dent_in_a_region_is_outside(point: Point, expected: bool) -> None:
    assert inside(point, ARROW) is expected


def test_two_rows_of_one_plate_find_each_other_in_reading_order() -> None:
    assert stacked([line(100, 125, 60), line(105, 100, 50), line(400, 100, 50)]) == ((1, 0),)


def test_lines_far_apart_or_of_other_heights_are_no_rows_of_one_plate() -> None:
    assert stacked([line(100, 100, 60), line(100, 190, 60), line(100, 121, 60, 8)]) == ()


def test_two_parts_of_one_row_find_each_other_in_reading_order() -> None:
    assert abreast([line(170, 102), line(100, 100, 60), line(400, 100)]) == ((1, 0),)


def test_parts_on_other_lines_stay_apart() -> None:
    assert abreast([line(100, 100, 60), line(165, 115, 60)]) == ()
