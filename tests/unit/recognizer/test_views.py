"""A detector's views cover the picture, keep their bounds, and zoom where something moves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recognizer.views import MOST_TILES, OVERLAP, of_live, of_still
from shared.geometry import Box

Sides = st.integers(1, 12_000)


@given(Sides, Sides)
def test_the_tiles_of_a_still_picture_cover_it_and_are_few(width: int, height: int) -> None:
    whole, *tiles = of_still(width, height)
    assert (whole.width, whole.height) == (width, height)
    assert len(tiles) <= MOST_TILES
    if tiles:
        seen = np.zeros((height // 64 + 1, width // 64 + 1), bool)
        for tile in tiles:
            assert tile == tile.clamp(width, height)
            seen[tile.y // 64 : (tile.y + tile.height) // 64 + 1, tile.x // 64 : (tile.x + tile.width) // 64 + 1] = True
        assert seen.all()


def test_a_plate_on_the_seam_of_two_tiles_lies_wholly_in_one() -> None:
    _, *tiles = of_still(3000, 900)
    for x in range(0, 3000 - OVERLAP, 7):
        assert any(tile.x <= x and x + OVERLAP <= tile.x + tile.width for tile in tiles)


def test_a_small_picture_is_looked_at_once() -> None:
    assert of_still(1000, 750) == (Box(x=0, y=0, width=1000, height=750),)


def test_every_second_live_frame_is_looked_at_where_something_moves() -> None:
    moving = Box(x=1200, y=400, width=400, height=300)
    assert of_live(1920, 1080, moving, 2) == (Box(x=0, y=0, width=1920, height=1080),)
    (view,) = of_live(1920, 1080, moving, 3)
    assert view.width == 520
    assert view.x < moving.x
    assert view.x + view.width > moving.x + moving.width


def test_motion_everywhere_or_nowhere_known_means_the_whole_picture() -> None:
    whole = (Box(x=0, y=0, width=1920, height=1080),)
    assert of_live(1920, 1080, Box(x=0, y=0, width=1900, height=1000), 1) == whole
    assert of_live(1920, 1080, None, 1) == whole
    assert of_live(1920, 1080, Box(x=500, y=500, width=0, height=0), 1) == whole


@given(Sides, Sides, st.integers(-50, 12_000), st.integers(-50, 12_000), Sides, Sides)
def test_a_live_view_never_leaves_the_picture(width: int, height: int, x: int, y: int, w: int, h: int) -> None:
    (view,) = of_live(width, height, Box(x=x, y=y, width=w, height=h), 1)
    assert view == view.clamp(width, height)
    assert view.area > 0
