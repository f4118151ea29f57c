"""Training pictures are the same whenever they are asked for, and their labels fit what is painted."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.detector.painting import paint, quad_in_space
from training.detector.scenes import SceneMaker
from training.detector.sources import Scene, straightened

PLATE = np.full((40, 180, 3), 245, np.uint8)
PLATE[:, :60] = 10


def photo(seed: int) -> Scene:
    """A grey road with one white plate, slightly slanted."""
    picture = np.random.default_rng(seed).integers(60, 120, (360, 480, 3), np.uint8)
    quad = np.array([(200, 180), (290, 190), (290, 212), (200, 202)], np.float32)
    cv2.fillConvexPoly(picture, quad.astype(np.int32), (230, 230, 230))
    return Scene(picture, quad[None], np.array([True]))


def maker(seed: int = 5) -> SceneMaker:
    return SceneMaker([[photo(1), photo(2)], [photo(3)]], [PLATE], seed)


def test_a_scene_is_the_same_whenever_it_is_asked_for() -> None:
    one, other = maker().make(17, 320), maker().make(17, 320)
    assert (one.picture == other.picture).all()
    assert (one.corners == other.corners).all()
    assert not (one.picture == maker(6).make(17, 320).picture).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from((320, 416)))
def test_every_labelled_plate_can_be_seen_and_has_its_corners_in_order(index: int, size: int) -> None:
    scene = maker().make(index, size)
    assert scene.picture.shape == (size, size, 3)
    assert len(scene.corners) == len(scene.cornered)
    for quad in scene.corners:
        inside = np.clip(quad, 0, size)
        assert np.ptp(inside[:, 0]) >= 4
        assert np.ptp(inside[:, 1]) >= 3
        # Clockwise in a picture whose y grows downwards: the signed area is positive.
        assert cv2.contourArea(quad, oriented=True) > 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_what_is_painted_lies_where_the_label_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = np.full((416, 416, 3), 80, np.uint8)
    quad = quad_in_space(4.5, rng, 416, 416)
    if (quad < 0).any() or (quad > 416).any() or cv2.contourArea(quad) < 400:
        return
    paint(picture, quad, PLATE, rng, like_before=True)
    seen = straightened(picture, quad, (180, 40)).astype(np.float32).mean(2)
    columns = seen[8:32].mean(0)
    assert np.corrcoef(columns, PLATE[8:32].mean((0, 2)))[0, 1] > 0.6
    outside = np.ones(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(outside, quad.astype(np.int32), (0,))
    outside = cv2.erode(outside, np.ones((7, 7), np.uint8))
    assert (picture[outside > 0] == 80).all()


def test_turned_plates_keep_their_first_corner_at_the_start_of_the_text() -> None:
    for seed in range(50):
        quad = quad_in_space(4.5, np.random.default_rng(seed), 416, 416)
        along = quad[1] - quad[0]
        assert along[0] > 0
        assert abs(np.degrees(np.arctan2(along[1], along[0]))) < 60


def test_photos_and_plates_are_needed() -> None:
    with pytest.raises(ValueError, match="high"):
        SceneMaker([[]], [PLATE], 1).make(0, 320)
