"""Plates that are seen and not read: they keep a passage together, and one that is never read is told with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reactor.glimpses import LEAST_GLIMPSES, LEAST_HEIGHT
from services.reactor.passages import TrackerState
from services.reactor.tracker import Change, Tracker
from shared.cameras import CameraSettings
from shared.messages import EventState, FrameReads, UnreadReason
from shared.testing import NOON, a_read, frame_reads
from tests.unit.reactor.traffic import (
    CAMERA,
    an_unread,
    as_file,
    at,
    feed,
    new_tracker,
    passing,
    passing_unread,
    plates,
    unread,
)


def summary(changes: list[Change]) -> list[tuple[str, UnreadReason | None]]:
    return [(c.told.plate, c.verdict.unread) for c in changes if c.state is EventState.LOST]


@pytest.mark.parametrize("read", [{0}, {7}, {3}, {0, 7}, {2, 3, 4}, {0, 1, 2, 3}, {4, 5, 6, 7}])
def test_a_vehicle_read_in_some_frames_only_is_one_passage(read: set[int]) -> None:
    frames = [frame if i in read else unread(frame) for i, frame in enumerate(passing("98XKD3", 0))]
    changes = feed(new_tracker(), frames)
    assert summary(changes) == [("98XKD3", None)]
    passage = changes[-1].passage
    assert (passage.reads, passage.first_seen, passage.last_seen) == (len(read), NOON, frames[-1].captured_at)
    assert passage.captured_at == NOON


def test_unread_sightings_keep_a_vehicle_in_view_that_was_read_before() -> None:
    waiting = [unread(frame_reads(CAMERA, a_read("-", box=at(100, 144)), second=1.6 + i)) for i in range(20)]
    tracker = new_tracker()
    changes = [c for f in [*passing("98XKD3", 0), *waiting] for c in tracker.step(f, f.captured_at)]
    assert EventState.LOST not in [c.state for c in changes]
    assert plates(tracker.tick(NOON + timedelta(seconds=26.7))) == ["98XKD3"]


def test_a_vehicle_that_was_never_read_is_told_once_and_as_lost() -> None:
    changes = feed(new_tracker(), passing_unread(0))
    assert [(c.state, c.told.plate, c.told.lists, c.verdict.unread) for c in changes] == [
        (EventState.LOST, "", (), UnreadReason.BLURRED)
    ]
    assert (changes[0].passage.reads, changes[0].passage.car_id, changes[0].passage.captured_at) == (0, 1, NOON)
    assert changes[0].told.vertical == "down"


def test_a_vehicle_that_was_seen_far_from_its_track_before_it_is_read_again_is_one_passage() -> None:
    first = [frame_reads(CAMERA, a_read("98XKD3", box=at(40, 40)), second=i / 5) for i in range(2)]
    again = [frame_reads(CAMERA, a_read("98XKD3", box=at(460, 60 + 60 * i)), second=1 + i / 5) for i in range(6)]
    changes = feed(new_tracker(), [*first, *map(unread, again[:4]), *again[4:]])
    assert summary(changes) == [("98XKD3", None)]


def test_two_unread_vehicles_side_by_side_are_two() -> None:
    left, right = passing_unread(0), passing_unread(0, x=420)
    both = [a.model_copy(update={"unread": (*a.unread, *b.unread)}) for a, b in zip(left, right, strict=True)]
    changes = feed(new_tracker(), both)
    assert len(summary(changes)) == len({c.passage.event_id for c in changes}) == 2


def test_an_unread_vehicle_beside_one_that_is_read_stays_its_own() -> None:
    left, right = passing("98XKD3", 0), passing_unread(0, x=420)
    both = [a.model_copy(update={"unread": b.unread}) for a, b in zip(left, right, strict=True)]
    assert sorted(summary(feed(new_tracker(), both)), key=str) == [("", UnreadReason.BLURRED), ("98XKD3", None)]


def test_an_unread_part_of_a_plate_that_was_read_is_no_vehicle() -> None:
    frames = [
        frame.model_copy(update={"unread": (an_unread(at(110, frame.reads[0].box.y + 10, 25)),)})
        for frame in passing("98XKD3", 0)
    ]
    tracker = new_tracker()
    assert summary(feed(tracker, frames)) == [("98XKD3", None)]
    assert tracker.dropped == 0


def test_the_most_frequent_reason_is_told_and_of_equals_the_more_telling_one() -> None:
    small, clipped, blurred = UnreadReason.TOO_SMALL, UnreadReason.CLIPPED, UnreadReason.BLURRED
    for reasons, told in (
        ([small, small, small, blurred, blurred, clipped], small),
        ([blurred, blurred, small, small, clipped, clipped], blurred),
    ):
        frames = [unread(f, reason) for f, reason in zip(passing("-", 0, 6), reasons, strict=True)]
        assert summary(feed(new_tracker(), frames)) == [("", told)]


def test_what_is_seen_too_rarely_or_too_small_is_noise() -> None:
    tracker = new_tracker()
    few = passing_unread(0, LEAST_GLIMPSES - 1)
    tiny = [
        unread(frame_reads(CAMERA, a_read("-", box=at(100, 60 + i, LEAST_HEIGHT - 1)), second=20 + i / 5))
        for i in range(10)
    ]
    assert feed(tracker, few) == []
    assert feed(tracker, tiny) == []
    assert tracker.dropped == 2


def test_a_single_picture_needs_one_sighting() -> None:
    pictures = as_file([unread(frame_reads(CAMERA, a_read("-"), second=i, ends=True)) for i in range(2)])
    changes = [c for picture in pictures for c in new_tracker().step(picture, NOON)]
    assert [(c.state, c.verdict.unread) for c in changes] == [(EventState.LOST, UnreadReason.BLURRED)] * 2


def test_one_doubtful_read_among_many_unread_sightings_is_an_unread_vehicle_and_no_guess() -> None:
    frames = passing_unread(0)
    doubtful = a_read("98XKD3", confidence=0.6, box=frames[4].unread[0].box)
    frames[4] = frames[4].model_copy(update={"reads": (doubtful,), "unread": ()})
    assert summary(feed(new_tracker(), frames)) == [("", UnreadReason.BLURRED)]


def test_time_until_reliable_counts_from_the_first_read() -> None:
    frames = [*passing_unread(0, 10), *passing("98XKD3", 2.0, 1)]
    frames[-1] = frames[-1].model_copy(update={"reads": (a_read("98XKD3", box=at(100, 180)),)})
    tracker = new_tracker()
    assert [c for f in frames for c in tracker.step(f, f.captured_at)] == []
    assert [c.state for c in tracker.tick(NOON + timedelta(seconds=3))] == [EventState.RELIABLE]


def test_a_parked_car_that_cannot_be_read_is_told_once_however_often_it_shows_again() -> None:
    tracker = new_tracker()
    changes: list[Change] = []
    for second in (begin + i / 5 for begin in (0, 100, 500, 1000, 1590) for i in range(4)):
        frame = unread(frame_reads(CAMERA, a_read("-"), second=second))
        changes += tracker.tick(frame.captured_at) + tracker.step(frame, frame.captured_at)
    assert summary(changes) == [("", UnreadReason.BLURRED)]


def test_unread_sightings_of_a_parked_car_that_was_read_are_no_event() -> None:
    tracker = new_tracker()
    changes = feed(tracker, [frame_reads(CAMERA, a_read("98XKD3"), second=i / 5) for i in range(5)])
    changes += feed(tracker, [unread(frame_reads(CAMERA, a_read("-"), second=60 + i / 5)) for i in range(5)])
    assert summary(changes) == [("98XKD3", None)]


def test_a_plate_read_after_the_unread_vehicle_left_is_another_passage() -> None:
    changes = feed(new_tracker(), [*passing_unread(0), *passing("98XKD3", 20)])
    assert summary(changes) == [("", UnreadReason.BLURRED), ("98XKD3", None)]


def test_a_plate_read_where_an_unread_vehicle_stood_is_no_misread_of_it() -> None:
    tracker = new_tracker()
    changes = feed(tracker, [unread(frame_reads(CAMERA, a_read("-"), second=i / 5)) for i in range(5)])
    changes += feed(tracker, [frame_reads(CAMERA, a_read("98XKD3", confidence=0.8), second=60 + i / 5) for i in (0, 1)])
    assert summary(changes) == [("", UnreadReason.BLURRED), ("98XKD3", None)]


def test_a_vehicle_in_front_of_a_sign_is_not_the_sign() -> None:
    sign = [unread(frame_reads(CAMERA, a_read("-", box=at(100, 120)), second=i / 2)) for i in range(200)]
    vehicle = passing("98XKD3", 90.1)
    frames = sorted([*sign[:180], *vehicle], key=lambda frame: frame.captured_at)
    changes = feed(new_tracker(), frames)
    read = [c for c in changes if c.told.plate]
    assert {c.told.plate for c in read} == {"98XKD3"}
    assert {c.passage.captured_at for c in read} == {vehicle[0].captured_at}


def test_the_sharpest_picture_is_kept_and_all_others_are_given_up() -> None:
    tracker, given_up = new_tracker(), set[str]()
    for i, frame in enumerate(passing_unread(0, 6)):
        seen = an_unread(frame.unread[0].box, sharpness=100.0 + i % 4, crop_key=f"crop{i}")
        tracker.step(frame.model_copy(update={"frame_key": f"frame{i}", "unread": (seen,)}), frame.captured_at)
        given_up |= tracker.discarded()
        tracker = Tracker(CAMERA, CameraSettings(), tracker.snapshot())
    (change,) = tracker.finish()
    given_up |= tracker.discarded()
    assert (change.verdict.evidence.frame_key, change.verdict.evidence.crop_key) == ("frame3", "crop3")
    assert given_up == {f"{kind}{i}" for kind in ("frame", "crop") for i in range(6) if i != 3}


def test_a_sighting_whose_picture_was_stored_is_shown_rather_than_a_sharper_one_without() -> None:
    frames = [
        frame.model_copy(update={"unread": (an_unread(frame.unread[0].box, sharpness=400.0 - 100 * i, crop_key=key),)})
        for i, (frame, key) in enumerate(zip(passing_unread(0, 3), ("", "crop1", "crop2"), strict=True))
    ]
    assert feed(new_tracker(), frames)[-1].verdict.evidence.crop_key == "crop1"


def pictured(frame: FrameReads, number: int) -> FrameReads:
    seen = tuple(unread.model_copy(update={"crop_key": f"crop{number}"}) for unread in frame.unread)
    return frame.model_copy(update={"frame_key": f"frame{number}", "unread": seen}) if seen else frame


def test_pictures_of_unread_sightings_go_once_the_plate_is_told() -> None:
    tracker, given_up = new_tracker(), set[str]()
    for i, frame in enumerate([*passing_unread(0, 3), *passing("98XKD3", 0, 6)[3:]]):
        tracker.step(pictured(frame, i), frame.captured_at)
        given_up |= tracker.discarded()
    assert given_up == {f"{kind}{i}" for kind in ("frame", "crop") for i in range(3)}


def test_pictures_of_noise_go() -> None:
    tracker = new_tracker()
    for i, frame in enumerate(passing_unread(0, 2)):
        tracker.step(pictured(frame, i), frame.captured_at)
    tracker.finish()
    assert tracker.discarded() == {"frame0", "crop0", "frame1", "crop1"}


def test_a_misread_on_the_track_does_not_become_an_unread_vehicle() -> None:
    odd = at(110, 64)
    frames = [frame_reads(CAMERA, a_read("98XKD3", box=at(100, 60)), second=i / 5) for i in range(5)]
    frames.append(frame_reads(CAMERA, a_read("KKL007", box=odd), second=1.0))
    frames += [unread(frame_reads(CAMERA, a_read("-", box=odd), second=1.2 + i / 5)) for i in range(5)]
    assert summary(feed(new_tracker(), frames)) == [("98XKD3", None)]


def test_unread_passages_are_counted_by_reason() -> None:
    tracker = new_tracker()
    feed(tracker, [*passing_unread(0), *passing_unread(20), *passing("98XKD3", 40)])
    assert tracker.snapshot().unread == {UnreadReason.BLURRED: 2}


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_whatever_share_of_frames_is_read_each_vehicle_is_told_once_also_across_restarts(data: st.DataObject) -> None:
    lanes, frames = (80, 300, 520), list[FrameReads]()
    expected: list[str] = []
    for number, plate in enumerate(("98XKD3", "KR7713X", "WVB550")[: data.draw(st.integers(1, 3))]):
        way = passing(plate, number * data.draw(st.sampled_from((3.0, 9.0))), 10, x=lanes[number])
        read = data.draw(st.sets(st.integers(0, 9)))
        frames += [frame if i in read else unread(frame) for i, frame in enumerate(way)]
        expected.append(plate if read else "")
    tracker, changes = Tracker(CAMERA, CameraSettings()), list[Change]()
    for frame in sorted(frames, key=lambda frame: frame.captured_at):
        changes += tracker.step(frame, frame.captured_at)
        assert tracker.step(frame, frame.captured_at) == []
        state = TrackerState.model_validate_json(tracker.snapshot().model_dump_json())
        assert state == tracker.snapshot()
        tracker = Tracker(CAMERA, CameraSettings(), state)
    changes += tracker.finish()
    assert sorted(plates(changes)) == sorted(expected)
