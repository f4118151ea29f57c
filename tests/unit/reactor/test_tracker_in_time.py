"""The tracker and time: late frames, parked cars, files, reconnects and restarts."""

from __future__ import annotations

from datetime import timedelta

from services.reactor.passages import TrackerState
from services.reactor.tracker import Change, Tracker
from shared.cameras import CameraSettings
from shared.messages import EventState
from shared.testing import NOON, a_read, frame_reads
from tests.unit.reactor.traffic import CAMERA, as_file, at, feed, new_tracker, passing, plates


def test_a_late_read_is_absorbed_after_the_passage_was_lost() -> None:
    frames, tracker = passing("98XKD3", 0, 10), new_tracker()
    changes = feed(tracker, [*frames[:6], *frames[7:]])
    assert plates(changes) == ["98XKD3"]
    assert tracker.step(frames[6], NOON + timedelta(seconds=30)) == []
    assert tracker.tick(NOON + timedelta(seconds=60)) == []


def test_a_vehicle_seen_only_in_late_frames_is_not_lost() -> None:
    tracker, late = new_tracker(), passing("98XKD3", 0, 3)
    feed(tracker, passing("KR7713X", 20))
    changes: list[Change] = []
    for n, frame in enumerate(late):
        changes += tracker.step(frame, NOON + timedelta(seconds=40 + n))
    assert plates(changes + tracker.tick(NOON + timedelta(seconds=60))) == ["98XKD3"]


def test_a_parked_car_gives_one_event_however_often_it_shows_again() -> None:
    tracker = new_tracker()
    seconds = [0, 0.2, 0.4, 0.6, 100, 100.2, 500, 1000, 1590, 1590.2, 1591]
    frames = [frame_reads(CAMERA, a_read("98XKD3"), second=s) for s in seconds]
    changes: list[Change] = []
    for frame in frames:
        changes += tracker.tick(frame.captured_at)
        changes += tracker.step(frame, frame.captured_at)
    assert plates(changes) == ["98XKD3"]


def test_a_parked_car_that_drives_off_is_still_the_same_vehicle() -> None:
    tracker = new_tracker()
    changes = feed(tracker, [frame_reads(CAMERA, a_read("98XKD3", box=at(100, 60)), second=i / 5) for i in range(5)])
    changes += feed(tracker, passing("98XKD3", 60))
    assert plates(changes) == ["98XKD3"]


def test_the_same_plate_elsewhere_later_is_a_new_passage() -> None:
    tracker = new_tracker()
    changes = feed(tracker, passing("98XKD3", 0)) + feed(tracker, passing("98XKD3", 60))
    assert plates(changes) == ["98XKD3", "98XKD3"]
    assert [c.passage.car_id for c in changes if c.state is EventState.LOST] == [1, 2]


def test_a_vehicle_that_stands_there_when_a_lost_camera_comes_back_is_told_again() -> None:
    tracker = new_tracker()
    frames = [frame_reads(CAMERA, a_read("98XKD3"), second=i / 5) for i in range(5)]
    again = [
        frame_reads(CAMERA, a_read("98XKD3"), second=30 + i / 5).model_copy(update={"frame_id": f"reopened-{i}"})
        for i in range(5)
    ]
    assert plates(feed(tracker, frames) + feed(tracker, again)) == ["98XKD3", "98XKD3"]


def test_a_short_reconnect_does_not_split_a_passage() -> None:
    frames = passing("98XKD3", 0, 10)
    reopened = [f.model_copy(update={"frame_id": f"reopened-{n}"}) for n, f in enumerate(frames[5:])]
    assert plates(feed(new_tracker(), frames[:5] + reopened)) == ["98XKD3"]


def test_a_misread_of_a_parked_car_is_no_event() -> None:
    tracker = new_tracker()
    changes = feed(tracker, [frame_reads(CAMERA, a_read("98XKD3"), second=i / 5) for i in range(5)])
    changes += feed(tracker, [frame_reads(CAMERA, a_read("KKL007", confidence=0.95), second=100)])
    assert plates(changes) == ["98XKD3"]


def test_a_file_is_closed_by_its_own_time_and_not_by_the_wall_clock() -> None:
    tracker = new_tracker()
    frames = as_file([*passing("98XKD3", 0), *(frame_reads(CAMERA, second=s) for s in (4.0, 6.0, 6.5))])
    changes = [c for frame in frames for c in tracker.step(frame, NOON)]
    assert plates(changes) == ["98XKD3"]


def test_a_silent_file_is_closed_by_the_wall_clock() -> None:
    tracker = new_tracker()
    for frame in as_file(passing("98XKD3", 0)):
        tracker.step(frame, NOON)
    assert plates(tracker.tick(NOON + timedelta(seconds=14))) == []
    assert plates(tracker.tick(NOON + timedelta(seconds=15))) == ["98XKD3"]


def test_the_end_of_a_file_closes_at_once_and_overtaken_frames_are_absorbed() -> None:
    tracker = new_tracker()
    frames = as_file(passing("98XKD3", 0, 10))
    end = frames[-1].model_copy(update={"ends": True})
    changes = [c for f in [*frames[:7], end, *frames[7:9]] for c in tracker.step(f, NOON)]
    assert plates(changes + tracker.tick(NOON + timedelta(minutes=1))) == ["98XKD3"]


def test_a_file_played_again_gives_its_events_again() -> None:
    tracker = new_tracker()
    for run in ("a", "b"):
        frames = as_file([frame_reads(CAMERA, a_read("98XKD3"), second=i / 5) for i in range(5)], run)
        changes = [c for f in frames for c in tracker.step(f, NOON)]
        assert plates(changes) == ([] if run == "a" else ["98XKD3"])
    assert plates(tracker.finish()) == ["98XKD3"]


def test_silence_while_the_reactor_was_down_closes_nothing() -> None:
    tracker = new_tracker()
    for frame in passing("98XKD3", 0, 4):
        tracker.step(frame, frame.captured_at)
    state = TrackerState.model_validate_json(tracker.snapshot().model_dump_json())
    woken = NOON + timedelta(minutes=5)
    again = Tracker(CAMERA, CameraSettings(), state, woken_at=woken)
    assert plates(again.tick(woken + timedelta(seconds=1))) == []
    assert plates(again.tick(woken + timedelta(seconds=5))) == ["98XKD3"]


STATE_OF_0001 = """{
"serial":0,"cars":1,"clock":"2026-03-14T12:00:00.2Z","heard_at":"2026-03-14T12:00:00.2Z","runs":[""],
"frames_since_end":2,"recent":[1,2],"open":[{"event_id":"dbeb0b15-4661-5e2e-8ba7-3877c85c41f0","car_id":1,"run":"",
"opening":"00000000","origin":"live","captured_at":"2026-03-14T12:00:00Z","first_seen":"2026-03-14T12:00:00Z",
"last_seen":"2026-03-14T12:00:00.2Z","begun_at":"2026-03-14T12:00:00Z","touched_at":"2026-03-14T12:00:00.2Z",
"late":false,"picture":false,"suspect_of":null,"trail":[{"at":"2026-03-14T12:00:00.2Z",
"box":{"x":100,"y":72,"width":120,"height":30}}],"ballot":{"candidates":[{"text":"AB1","reads":2,"weight":1.05,
"surest":0.95,"columns":[{"A":0.99},{"B":0.99},{"1":0.99}],"countries":{},"evidence":{"read_at":"2026-03-14T12:00:00Z",
"box":{"x":100,"y":60,"width":120,"height":30},"frame_width":640,"frame_height":480,"frame_key":"","crop_key":"",
"processing_ms":0.0,"worth":0.55}}]},"reads":2,"state":"new","told":{"plate":"AB1","country":"","direction":"unknown",
"vertical":"unknown","lists":[]},"evidence_keys":[]}],"closed":[],"pinned":[]}"""


def test_passages_that_the_version_before_left_open_go_on() -> None:
    tracker = Tracker(CAMERA, CameraSettings(), TrackerState.model_validate_json(STATE_OF_0001))
    frame = frame_reads(CAMERA, a_read("AB1", box=at(100, 84)), second=0.4)
    changes = tracker.step(frame, frame.captured_at) + tracker.finish()
    assert plates(changes) == ["AB1"]
    assert (changes[-1].passage.reads, changes[-1].passage.car_id) == (3, 1)
