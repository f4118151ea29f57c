"""The tracker on synthetic passages: which reads are one vehicle, and which are none."""

from __future__ import annotations

from shared.messages import EventState
from shared.testing import NOON, a_read, frame_reads
from tests.unit.reactor.traffic import CAMERA, as_file, at, feed, new_tracker, passing, plates, with_reads


def test_a_passing_vehicle_is_new_then_reliable_then_lost_under_one_identity() -> None:
    changes = feed(new_tracker(), passing("98XKD3", 0))
    assert [c.state for c in changes if c.state is not EventState.UPDATE] == [
        EventState.NEW,
        EventState.RELIABLE,
        EventState.LOST,
    ]
    assert {(c.passage.event_id, c.passage.car_id, c.passage.captured_at) for c in changes} == {
        (changes[0].passage.event_id, 1, NOON)
    }
    assert {c.told.plate for c in changes} == {"98XKD3"}


def test_a_second_read_of_the_same_vehicle_joins_the_event() -> None:
    frames = passing("98XKD3", 0)
    misread = [
        with_reads(f, f.reads[0].model_copy(update={"text": t}))
        for f, t in zip(frames[4:6], ("98XKD1", "98XK03"), strict=True)
    ]
    changes = feed(new_tracker(), frames[:4] + misread + frames[6:])
    assert plates(changes) == ["98XKD3"]
    assert changes[-1].passage.reads == 8


def test_a_clipped_plate_joins_and_does_not_win() -> None:
    parts = [frame_reads(CAMERA, a_read("98XK", box=at(100, 48 + 4 * i)), second=i / 5) for i in range(4)]
    changes = feed(new_tracker(), parts + passing("98XKD3", 0.8, 3))
    assert plates(changes) == ["98XKD3"]


def test_two_vehicles_in_one_frame_stay_apart_even_with_similar_plates() -> None:
    both = [
        with_reads(f, a_read("AB123CD", box=at(100, 60 + 12 * i)), a_read("AB124CD", box=at(400, 60 + 12 * i)))
        for i, f in enumerate(passing("-", 0))
    ]
    changes = feed(new_tracker(), both)
    assert sorted(plates(changes)) == ["AB123CD", "AB124CD"]
    assert len({c.passage.event_id for c in changes}) == 2


def test_two_vehicles_that_follow_each_other_at_the_same_place_are_two() -> None:
    first = [frame_reads(CAMERA, a_read("98XKD3"), second=i / 5) for i in range(5)]
    second = [frame_reads(CAMERA, a_read("KR7713X"), second=2.5 + i / 5) for i in range(5)]
    changes = feed(new_tracker(), first + second)
    assert sorted(plates(changes)) == ["98XKD3", "KR7713X"]


def test_an_odd_read_on_the_track_never_becomes_an_event() -> None:
    frames = passing("98XKD3", 0, 12)
    for where in range(12):
        odd = list(frames)
        odd[where] = with_reads(odd[where], a_read("KKL007", box=odd[where].reads[0].box, confidence=0.97))
        changes = feed(new_tracker(), odd)
        assert {c.told.plate for c in changes} == {"98XKD3"}, where
        assert len(plates(changes)) == 1, where


def test_an_odd_text_that_flickers_with_the_plate_is_the_same_vehicle() -> None:
    frames = [
        frame_reads(CAMERA, a_read("98XKD3" if i % 3 else "KKL007", confidence=0.9), second=i / 5) for i in range(20)
    ]
    changes = feed(new_tracker(), frames[1:])
    assert plates(changes) == ["98XKD3"]


def test_noise_is_dropped_and_counted() -> None:
    tracker = new_tracker()
    noise = [frame_reads(CAMERA, a_read("X1Y2Z3", confidence=0.6, box=at(20, 400)), second=0.0)]
    noise.append(frame_reads(CAMERA, a_read("77QQ88", confidence=0.7, box=at(500, 20)), second=3.0))
    assert feed(tracker, noise) == []
    assert tracker.dropped == 2


def test_a_single_picture_needs_one_fair_read() -> None:
    tracker = new_tracker()
    picture = as_file([frame_reads(CAMERA, a_read("98XKD3", confidence=0.55), ends=True)])
    assert [c.state for c in tracker.step(picture[0], NOON)] == [EventState.RELIABLE, EventState.LOST]


def test_single_pictures_of_different_cars_are_different_events_at_whatever_place() -> None:
    texts = ("98XKD3", "KR7713X", "KR7713X", "B1LL77")
    pictures = [frame_reads(CAMERA, a_read(text, confidence=0.6), second=i / 10) for i, text in enumerate(texts)]
    ended = [p.model_copy(update={"ends": True}) for p in as_file(pictures)]
    assert plates(feed(new_tracker(), ended)) == ["98XKD3", "KR7713X", "B1LL77"]
