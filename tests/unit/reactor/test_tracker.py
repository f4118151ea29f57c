"""The tracker on synthetic passages: each vehicle once, whatever happens to its frames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.reactor.passages import TrackerState
from services.reactor.tracker import Change, Tracker
from shared.cameras import CameraSettings
from shared.geometry import Box
from shared.messages import Direction, EventState, FrameReads, Origin, Read, VerticalDirection
from shared.testing import NOON, a_read, frame_reads

CAMERA = UUID(int=7)


def at(x: int, y: int, height: int = 30) -> Box:
    return Box(x=x, y=y, width=height * 4, height=height)


def feed(tracker: Tracker, frames: Sequence[FrameReads], until: float | None = None) -> list[Change]:
    """Plays frames with the wall clock at their own time, then lets time pass until every vehicle has left."""
    changes: list[Change] = []
    for frame in frames:
        changes += tracker.step(frame, frame.captured_at)
    last = max(frame.captured_at for frame in frames)
    return changes + tracker.tick(last + timedelta(seconds=6 if until is None else until))


def passing(text: str, start: float, frames: int = 8, *, x: int = 100, speed: int = 12) -> list[FrameReads]:
    """A vehicle that comes down the picture, read five times a second."""
    return [frame_reads(CAMERA, a_read(text, box=at(x, 60 + speed * i)), second=start + i / 5) for i in range(frames)]


def new_tracker(**settings: object) -> Tracker:
    return Tracker(CAMERA, CameraSettings.model_validate(settings))


def plates(changes: Sequence[Change], state: EventState = EventState.LOST) -> list[str]:
    return [change.told.plate for change in changes if change.state is state]


def with_reads(frame: FrameReads, *reads: Read) -> FrameReads:
    return frame.model_copy(update={"reads": reads})


def as_file(frames: Sequence[FrameReads], run: str = "a") -> list[FrameReads]:
    return [
        f.model_copy(update={"origin": Origin.FILE, "frame_id": f"{run}-{n}", "index": n}) for n, f in enumerate(frames)
    ]


def test_a_passing_vehicle_is_new_then_reliable_then_lost_under_one_identity() -> None:
    changes = feed(new_tracker(), passing("98THD4", 0))
    assert [c.state for c in changes if c.state is not EventState.UPDATE] == [
        EventState.NEW,
        EventState.RELIABLE,
        EventState.LOST,
    ]
    assert {(c.passage.event_id, c.passage.car_id, c.passage.captured_at) for c in changes} == {
        (changes[0].passage.event_id, 1, NOON)
    }
    assert {c.told.plate for c in changes} == {"98THD4"}


def test_a_second_read_of_the_same_vehicle_joins_the_event() -> None:
    frames = passing("98THD4", 0)
    misread = [
        with_reads(f, f.reads[0].model_copy(update={"text": t}))
        for f, t in zip(frames[4:6], ("98THD1", "98TH04"), strict=True)
    ]
    changes = feed(new_tracker(), frames[:4] + misread + frames[6:])
    assert plates(changes) == ["98THD4"]
    assert changes[-1].passage.reads == 8


def test_a_clipped_plate_joins_and_does_not_win() -> None:
    parts = [frame_reads(CAMERA, a_read("98TH", box=at(100, 48 + 4 * i)), second=i / 5) for i in range(4)]
    changes = feed(new_tracker(), parts + passing("98THD4", 0.8, 3))
    assert plates(changes) == ["98THD4"]


def test_two_vehicles_in_one_frame_stay_apart_even_with_similar_plates() -> None:
    both = [
        with_reads(f, a_read("AB123CD", box=at(100, 60 + 12 * i)), a_read("AB124CD", box=at(400, 60 + 12 * i)))
        for i, f in enumerate(passing("-", 0))
    ]
    changes = feed(new_tracker(), both)
    assert sorted(plates(changes)) == ["AB123CD", "AB124CD"]
    assert len({c.passage.event_id for c in changes}) == 2


def test_two_vehicles_that_follow_each_other_at_the_same_place_are_two() -> None:
    first = [frame_reads(CAMERA, a_read("98THD4"), second=i / 5) for i in range(5)]
    second = [frame_reads(CAMERA, a_read("KR7713X"), second=2.5 + i / 5) for i in range(5)]
    changes = feed(new_tracker(), first + second)
    assert sorted(plates(changes)) == ["98THD4", "KR7713X"]


def test_an_odd_read_on_the_track_never_becomes_an_event() -> None:
    frames = passing("98THD4", 0, 12)
    for where in range(12):
        odd = list(frames)
        odd[where] = with_reads(odd[where], a_read("KKL007", box=odd[where].reads[0].box, confidence=0.97))
        changes = feed(new_tracker(), odd)
        assert {c.told.plate for c in changes} == {"98THD4"}, where
        assert len(plates(changes)) == 1, where


def test_an_odd_text_that_flickers_with_the_plate_is_the_same_vehicle() -> None:
    frames = [
        frame_reads(CAMERA, a_read("98THD4" if i % 3 else "KKL007", confidence=0.9), second=i / 5) for i in range(20)
    ]
    changes = feed(new_tracker(), frames[1:])
    assert plates(changes) == ["98THD4"]


def test_noise_is_dropped_and_counted() -> None:
    tracker = new_tracker()
    noise = [frame_reads(CAMERA, a_read("X1Y2Z3", confidence=0.6, box=at(20, 400)), second=0.0)]
    noise.append(frame_reads(CAMERA, a_read("77QQ88", confidence=0.7, box=at(500, 20)), second=3.0))
    assert feed(tracker, noise) == []
    assert tracker.dropped == 2


def test_one_sure_read_is_enough_but_waits_a_second() -> None:
    tracker = new_tracker()
    assert tracker.step(frame_reads(CAMERA, a_read("98THD4")), NOON) == []
    assert [c.state for c in tracker.tick(NOON + timedelta(seconds=1))] == [EventState.RELIABLE]


def test_a_single_picture_needs_one_fair_read() -> None:
    tracker = new_tracker()
    picture = as_file([frame_reads(CAMERA, a_read("98THD4", confidence=0.55), ends=True)])
    assert [c.state for c in tracker.step(picture[0], NOON)] == [EventState.RELIABLE, EventState.LOST]


def test_single_pictures_of_different_cars_are_different_events_at_whatever_place() -> None:
    texts = ("98THD4", "KR7713X", "KR7713X", "B1LL77")
    pictures = [frame_reads(CAMERA, a_read(text, confidence=0.6), second=i / 10) for i, text in enumerate(texts)]
    ended = [p.model_copy(update={"ends": True}) for p in as_file(pictures)]
    assert plates(feed(new_tracker(), ended)) == ["98THD4", "KR7713X", "B1LL77"]


def test_a_late_read_is_absorbed_after_the_passage_was_lost() -> None:
    frames, tracker = passing("98THD4", 0, 10), new_tracker()
    changes = feed(tracker, [*frames[:6], *frames[7:]])
    assert plates(changes) == ["98THD4"]
    assert tracker.step(frames[6], NOON + timedelta(seconds=30)) == []
    assert tracker.tick(NOON + timedelta(seconds=60)) == []


def test_a_vehicle_seen_only_in_late_frames_is_not_lost() -> None:
    tracker, late = new_tracker(), passing("98THD4", 0, 3)
    feed(tracker, passing("KR7713X", 20))
    changes: list[Change] = []
    for n, frame in enumerate(late):
        changes += tracker.step(frame, NOON + timedelta(seconds=40 + n))
    assert plates(changes + tracker.tick(NOON + timedelta(seconds=60))) == ["98THD4"]


def test_a_parked_car_gives_one_event_however_often_it_shows_again() -> None:
    tracker = new_tracker()
    seconds = [0, 0.2, 0.4, 0.6, 100, 100.2, 500, 1000, 1590, 1590.2, 1591]
    frames = [frame_reads(CAMERA, a_read("98THD4"), second=s) for s in seconds]
    changes: list[Change] = []
    for frame in frames:
        changes += tracker.tick(frame.captured_at)
        changes += tracker.step(frame, frame.captured_at)
    assert plates(changes) == ["98THD4"]


def test_a_parked_car_that_drives_off_is_still_the_same_vehicle() -> None:
    tracker = new_tracker()
    changes = feed(tracker, [frame_reads(CAMERA, a_read("98THD4", box=at(100, 60)), second=i / 5) for i in range(5)])
    changes += feed(tracker, passing("98THD4", 60))
    assert plates(changes) == ["98THD4"]


def test_the_same_plate_elsewhere_later_is_a_new_passage() -> None:
    tracker = new_tracker()
    changes = feed(tracker, passing("98THD4", 0)) + feed(tracker, passing("98THD4", 60))
    assert plates(changes) == ["98THD4", "98THD4"]
    assert [c.passage.car_id for c in changes if c.state is EventState.LOST] == [1, 2]


def test_a_vehicle_that_stands_there_when_a_lost_camera_comes_back_is_told_again() -> None:
    tracker = new_tracker()
    frames = [frame_reads(CAMERA, a_read("98THD4"), second=i / 5) for i in range(5)]
    again = [
        frame_reads(CAMERA, a_read("98THD4"), second=30 + i / 5).model_copy(update={"frame_id": f"reopened-{i}"})
        for i in range(5)
    ]
    assert plates(feed(tracker, frames) + feed(tracker, again)) == ["98THD4", "98THD4"]


def test_a_short_reconnect_does_not_split_a_passage() -> None:
    frames = passing("98THD4", 0, 10)
    reopened = [f.model_copy(update={"frame_id": f"reopened-{n}"}) for n, f in enumerate(frames[5:])]
    assert plates(feed(new_tracker(), frames[:5] + reopened)) == ["98THD4"]


def test_a_misread_of_a_parked_car_is_no_event() -> None:
    tracker = new_tracker()
    changes = feed(tracker, [frame_reads(CAMERA, a_read("98THD4"), second=i / 5) for i in range(5)])
    changes += feed(tracker, [frame_reads(CAMERA, a_read("KKL007", confidence=0.95), second=100)])
    assert plates(changes) == ["98THD4"]


def test_a_file_is_closed_by_its_own_time_and_not_by_the_wall_clock() -> None:
    tracker = new_tracker()
    frames = as_file([*passing("98THD4", 0), *(frame_reads(CAMERA, second=s) for s in (4.0, 6.0, 6.5))])
    changes = [c for frame in frames for c in tracker.step(frame, NOON)]
    assert plates(changes) == ["98THD4"]


def test_a_silent_file_is_closed_by_the_wall_clock() -> None:
    tracker = new_tracker()
    for frame in as_file(passing("98THD4", 0)):
        tracker.step(frame, NOON)
    assert plates(tracker.tick(NOON + timedelta(seconds=14))) == []
    assert plates(tracker.tick(NOON + timedelta(seconds=15))) == ["98THD4"]


def test_the_end_of_a_file_closes_at_once_and_overtaken_frames_are_absorbed() -> None:
    tracker = new_tracker()
    frames = as_file(passing("98THD4", 0, 10))
    end = frames[-1].model_copy(update={"ends": True})
    changes = [c for f in [*frames[:7], end, *frames[7:9]] for c in tracker.step(f, NOON)]
    assert plates(changes + tracker.tick(NOON + timedelta(minutes=1))) == ["98THD4"]


def test_a_file_played_again_gives_its_events_again() -> None:
    tracker = new_tracker()
    for run in ("a", "b"):
        frames = as_file([frame_reads(CAMERA, a_read("98THD4"), second=i / 5) for i in range(5)], run)
        changes = [c for f in frames for c in tracker.step(f, NOON)]
        assert plates(changes) == ([] if run == "a" else ["98THD4"])
    assert plates(tracker.finish()) == ["98THD4"]


def test_silence_while_the_reactor_was_down_closes_nothing() -> None:
    tracker = new_tracker()
    for frame in passing("98THD4", 0, 4):
        tracker.step(frame, frame.captured_at)
    state = TrackerState.model_validate_json(tracker.snapshot().model_dump_json())
    woken = NOON + timedelta(minutes=5)
    again = Tracker(CAMERA, CameraSettings(), state, woken_at=woken)
    assert plates(again.tick(woken + timedelta(seconds=1))) == []
    assert plates(again.tick(woken + timedelta(seconds=5))) == ["98THD4"]


def test_direction_follows_the_camera_setting() -> None:
    for towards, way in (("in", Direction.IN), ("out", Direction.OUT), ("unknown", Direction.UNKNOWN)):
        told = feed(new_tracker(towards=towards), passing("98THD4", 0))[-1].told
        assert (told.direction, told.vertical) == (way, VerticalDirection.DOWN)
    up = [
        f.model_copy(update={"captured_at": NOON + timedelta(seconds=2 - i / 5)})
        for i, f in enumerate(passing("A1B2C3", 0))
    ]
    assert feed(new_tracker(), up[::-1])[-1].told.vertical is VerticalDirection.UP


def test_a_plate_that_changes_after_reliable_is_told_as_update() -> None:
    blurred = [frame_reads(CAMERA, a_read("98THD1", confidence=0.6, box=at(100, 60)), second=i / 5) for i in range(3)]
    changes = feed(
        new_tracker(),
        blurred
        + [
            frame_reads(CAMERA, a_read("98THD4", confidence=0.98, box=at(100, 62)), second=0.6 + i / 5)
            for i in range(6)
        ],
    )
    assert [(c.state, c.told.plate) for c in changes][1:] == [
        (EventState.RELIABLE, "98THD1"),
        (EventState.UPDATE, "98THD4"),
        (EventState.LOST, "98THD4"),
    ]
    assert changes[2].previous is not None
    assert changes[2].previous.plate == "98THD1"


def test_a_changed_list_is_told_while_the_vehicle_is_in_view() -> None:
    listed: list[tuple[str, ...]] = [()]
    tracker = Tracker(CAMERA, CameraSettings(), lists_of=lambda _plate, _at: listed[0])
    for frame in passing("98THD4", 0, 5):
        tracker.step(frame, frame.captured_at)
    listed[0] = ("white",)
    changes = tracker.tick(NOON + timedelta(seconds=2))
    assert [(c.state, c.told.lists) for c in changes] == [(EventState.UPDATE, ("white",))]


def test_pictures_of_losing_reads_are_given_up_and_told_ones_are_kept() -> None:
    tracker, given_up, told = new_tracker(), set[str](), set[str]()
    for i, frame in enumerate(passing("98THD4", 0, 6)):
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
        moving = a_read("98THD4", box=at(100, 60 + 12 * i), sharpness=50.0 + i)
        still = a_read("KR7713X", box=at(400, 60), sharpness=500.0 if i == 0 else 10.0)
        frame = frame_reads(CAMERA, moving, still, second=i / 5).model_copy(update={"frame_key": f"frame{i}"})
        tracker.step(frame, frame.captured_at)
        assert "frame0" not in tracker.discarded()
