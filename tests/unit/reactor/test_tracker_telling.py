"""What the tracker tells of a passage and when, and which pictures it keeps."""

from __future__ import annotations

from datetime import timedelta

from services.reactor.tracker import Tracker
from shared.cameras import CameraSettings
from shared.messages import Direction, EventState, ListHit, VerticalDirection
from shared.testing import NOON, a_read, frame_reads
from tests.unit.reactor.traffic import CAMERA, at, feed, new_tracker, passing, with_reads


def test_one_sure_read_is_enough_but_waits_a_second() -> None:
    tracker = new_tracker()
    assert tracker.step(frame_reads(CAMERA, a_read("98XKD3")), NOON) == []
    assert [c.state for c in tracker.tick(NOON + timedelta(seconds=1))] == [EventState.RELIABLE]


def test_direction_follows_the_camera_setting() -> None:
    for towards, way in (("in", Direction.IN), ("out", Direction.OUT), ("unknown", Direction.UNKNOWN)):
        told = feed(new_tracker(towards=towards), passing("98XKD3", 0))[-1].told
        assert (told.direction, told.vertical) == (way, VerticalDirection.DOWN)
    up = [
        f.model_copy(update={"captured_at": NOON + timedelta(seconds=2 - i / 5)})
        for i, f in enumerate(passing("A1B2C3", 0))
    ]
    assert feed(new_tracker(), up[::-1])[-1].told.vertical is VerticalDirection.UP


def test_a_plate_that_changes_after_reliable_is_told_as_update() -> None:
    blurred = [frame_reads(CAMERA, a_read("98XKD1", confidence=0.6, box=at(100, 60)), second=i / 5) for i in range(3)]
    changes = feed(
        new_tracker(),
        blurred
        + [
            frame_reads(CAMERA, a_read("98XKD3", confidence=0.98, box=at(100, 62)), second=0.6 + i / 5)
            for i in range(6)
        ],
    )
    assert [(c.state, c.told.plate) for c in changes][1:] == [
        (EventState.RELIABLE, "98XKD1"),
        (EventState.UPDATE, "98XKD3"),
        (EventState.LOST, "98XKD3"),
    ]
    assert changes[2].previous is not None
    assert changes[2].previous.plate == "98XKD1"


def test_a_changed_list_is_told_while_the_vehicle_is_in_view() -> None:
    listed: list[tuple[ListHit, ...]] = [()]
    tracker = Tracker(CAMERA, CameraSettings(), lists_of=lambda _plate, _at: listed[0])
    for frame in passing("98XKD3", 0, 5):
        tracker.step(frame, frame.captured_at)
    listed[0] = (ListHit(list="white", kind="white", entry="98XKD3", how="exact"),)
    changes = tracker.tick(NOON + timedelta(seconds=2))
    assert [(c.state, c.told.lists) for c in changes] == [(EventState.UPDATE, ("white",))]


def test_pictures_of_losing_reads_are_given_up_and_told_ones_are_kept() -> None:
    tracker, given_up, told = new_tracker(), set[str](), set[str]()
    for i, frame in enumerate(passing("98XKD3", 0, 6)):
        read = frame.reads[0].model_copy(update={"crop_key": f"crop{i}", "sharpness": 100.0 + i % 3})
        step = with_reads(frame, read).model_copy(update={"frame_key": f"frame{i}"})
        changes = tracker.step(step, frame.captured_at)
        told |= {key for c in changes for key in c.verdict.evidence.keys}
        given_up |= tracker.discarded()
    changes = tracker.finish()
    told |= {key for c in changes for key in c.verdict.evidence.keys}
    given_up |= tracker.discarded()
    assert changes[-1].verdict.evidence.frame_key == "frame2"
    assert not given_up & told
    assert given_up | told == {f"{kind}{i}" for kind in ("frame", "crop") for i in range(6)}


def test_a_frame_shared_by_two_plates_stays_while_one_of_them_needs_it() -> None:
    tracker = new_tracker()
    for i in range(4):
        moving = a_read("98XKD3", box=at(100, 60 + 12 * i), sharpness=50.0 + i)
        still = a_read("KR7713X", box=at(400, 60), sharpness=500.0 if i == 0 else 10.0)
        frame = frame_reads(CAMERA, moving, still, second=i / 5).model_copy(update={"frame_key": f"frame{i}"})
        tracker.step(frame, frame.captured_at)
        assert "frame0" not in tracker.discarded()
