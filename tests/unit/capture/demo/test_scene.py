from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from itertools import pairwise

import cv2
import numpy as np
import pytest

from services.capture.demo.paint import Picture
from services.capture.demo.plates import draw
from services.capture.demo.scene import Passing, PlateBox, Scene
from services.capture.demo.timetable import DEMO_BLACK, DEMO_WHITE, WAITS, traffic
from shared.errors import Invalid

FORMATS = {
    "DEU": r"[A-Z]{2,3}[A-Z]{1,2}\d{1,4}",
    "FRA": r"[A-Z]{2}\d{3}[A-Z]{2}",
    "GBR": r"[A-Z]{2}\d{2}[A-Z]{3}",
    "ITA": r"[A-Z]{2}\d{3}[A-Z]{2}",
    "NLD": r"[A-Z]\d{3}[A-Z]{2}",
    "POL": r"[A-Z]{2}\d{4}[A-Z]",
    "SVK": r"[A-Z]{2}\d{3}[A-Z]{2}",
    "UKR": r"[ABCEHIKMOPTX]{2}\d{4}[ABCEHIKMOPTX]{2}",
}
IN_ANOTHER_PROCESS = """
import hashlib
from services.capture.demo.scene import Scene
print(hashlib.sha256(Scene(width=640, height=360).frame(46.3, "12:00:00").tobytes()).hexdigest())
"""


def box_of(scene: Scene, passing: Passing, t: float) -> PlateBox:
    (box,) = [box for box in scene.plate_boxes(t) if box.plate == passing.plate]
    return box


def crop(picture: Picture, box: PlateBox) -> Picture:
    return picture[round(box.y) : round(box.y + box.height), round(box.x) : round(box.x + box.width)]


def test_another_process_draws_the_very_same_pixels() -> None:
    here = Scene(width=640, height=360).frame(46.3, "12:00:00")
    there = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS], capture_output=True, text=True, check=True, timeout=60
    )
    assert there.stdout.strip() == hashlib.sha256(here.tobytes()).hexdigest()


def test_another_seed_draws_other_plates_but_keeps_those_of_the_lists() -> None:
    plates, others = {d.plate for d in traffic(7)}, {d.plate for d in traffic(8)}
    assert plates & others == {*DEMO_WHITE, *DEMO_BLACK}


@pytest.mark.parametrize("t", [0.0, 3.1, 24.02, 46.999, 80.0])
def test_every_loop_has_the_same_pictures(scene: Scene, t: float) -> None:
    assert np.array_equal(scene.frame(t), scene.frame(t + scene.period))
    assert np.array_equal(scene.frame(t), scene.frame(t + 1000 * scene.period))


def test_a_moment_later_is_another_picture(scene: Scene) -> None:
    assert not np.array_equal(scene.frame(3.0), scene.frame(3.04))


def test_a_frame_is_a_fresh_picture_of_the_size_asked_for(scene: Scene) -> None:
    first = scene.frame(5)
    first[:] = 0
    again = scene.frame(5)
    assert again.shape == (720, 1280, 3)
    assert again.dtype == np.uint8
    assert again.mean() > 30


def test_the_clock_is_printed_into_the_upper_right_corner_only(scene: Scene) -> None:
    without, with_clock = scene.frame(10), scene.frame(10, "2026-11-22 14:03:27")
    changed = np.argwhere((without != with_clock).any(axis=2))
    assert len(changed) > 500
    assert changed[:, 0].max() < 60
    assert changed[:, 1].min() > 900


def test_day_is_brighter_than_dusk_and_dusk_than_night(scene: Scene) -> None:
    day, dusk, night = (float(scene.frame(t).mean()) for t in (20.0, 46.5, 65.0))
    assert day > 1.3 * dusk > 1.3 * 1.3 * night


def test_ten_to_fourteen_vehicles_pass_each_with_its_own_plate(scene: Scene) -> None:
    truth = scene.truth()
    assert 10 <= len(truth) <= 14
    assert len({p.plate for p in truth}) == len(truth)
    assert {p.direction for p in truth} == {"in", "out"}
    assert list(truth) == sorted(truth, key=lambda p: p.enters)


def test_all_plates_have_a_valid_format_of_their_country(scene: Scene) -> None:
    truth = scene.truth()
    assert {p.country for p in truth} == set(FORMATS)
    for passing in truth:
        assert re.fullmatch(FORMATS[passing.country], passing.plate), passing


def test_the_plates_of_the_demo_lists_drive_past(scene: Scene) -> None:
    assert {*DEMO_WHITE, *DEMO_BLACK} <= {p.plate for p in scene.truth()}
    assert not set(DEMO_WHITE) & set(DEMO_BLACK)


def test_four_pictures_a_second_show_every_plate_five_times_at_least(scene: Scene) -> None:
    for passing in scene.truth():
        assert 0 <= passing.enters < passing.leaves < scene.period
        times = np.arange(np.ceil(passing.enters * 4) / 4, passing.leaves, 0.25)
        boxes = [box_of(scene, passing, float(t)) for t in times]
        assert len(boxes) >= 5, passing
        assert min(box.width for box in boxes) >= 90


def test_plates_lie_whole_in_the_picture_and_reach_the_size_that_readers_like(scene: Scene) -> None:
    for passing in scene.truth():
        boxes = [box_of(scene, passing, float(t)) for t in np.arange(passing.enters, passing.leaves, 0.1)]
        assert all(b.x >= 0 and b.x + b.width <= 1280 and b.y >= 0 and b.y + b.height <= 720 for b in boxes)
        assert 125 <= max(b.width for b in boxes) <= 175, passing


def test_a_plate_is_drawn_where_the_truth_says_it_is(scene: Scene) -> None:
    drives = {drive.plate: drive for drive in traffic(7)}
    for passing in scene.truth():
        t = (passing.enters + passing.leaves) / 2
        drive = drives[passing.plate]
        seen = cv2.cvtColor(crop(scene.frame(t), box_of(scene, passing, t)), cv2.COLOR_BGR2GRAY)
        flat = cv2.cvtColor(draw(drive.country, drive.written), cv2.COLOR_BGR2GRAY)
        expected = cv2.resize(flat, (seen.shape[1], seen.shape[0]), interpolation=cv2.INTER_AREA)
        assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.8, passing


def test_vehicles_that_come_move_down_the_picture_and_those_that_go_move_up(scene: Scene) -> None:
    for passing in scene.truth():
        first = box_of(scene, passing, passing.enters + 0.05)
        last = box_of(scene, passing, passing.leaves - 0.05)
        assert (last.y > first.y) == (passing.direction == "in")


def test_one_vehicle_stands_at_the_line_and_goes_on(scene: Scene) -> None:
    (waiting,) = [p for p in scene.truth() if p.leaves - p.enters > WAITS]
    ys = [round(box_of(scene, waiting, float(t)).y) for t in np.arange(waiting.enters, waiting.leaves, 0.25)]
    resting = max(set(ys), key=ys.count)
    assert ys.count(resting) >= 4 * (WAITS - 1)
    assert ys[-1] > resting > ys[0]


def test_sometimes_two_plates_are_readable_at_once(scene: Scene) -> None:
    truth = scene.truth()
    assert any(b.enters < a.leaves for a, b in pairwise(truth))


def test_a_small_scene_shows_the_same_at_half_the_size(scene: Scene) -> None:
    small = Scene(width=640, height=360)
    assert small.frame(3).shape == (360, 640, 3)
    for large_box, small_box in zip(scene.plate_boxes(3), small.plate_boxes(3), strict=True):
        assert small_box.width == pytest.approx(large_box.width / 2)
        assert small_box.y == pytest.approx(large_box.y / 2)


@pytest.mark.parametrize(("width", "height"), [(1280, 300), (100, 100), (0, 0)])
def test_a_shape_without_room_for_the_scene_is_refused(width: int, height: int) -> None:
    with pytest.raises(Invalid, match="demo scene needs"):
        Scene(width=width, height=height)
