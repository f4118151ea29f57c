"""Whatever happens to the frames on their way, the tracker says each vehicle once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reactor.passages import TrackerState
from services.reactor.tracker import Change, Tracker
from shared.cameras import CameraSettings
from shared.geometry import Box
from shared.messages import EventState, FrameReads
from shared.testing import NOON, a_read, frame_reads

CAMERA = UUID(int=7)
PLATES = ("98XKD3", "KR7713X", "WVB550", "I9743AM", "ZZ01FGU", "3MCE82")
NOISE = ("KKL007", "XQ1XQ1", "1111OO", "HEWM22")


@st.composite
def traffic(draw: st.DrawFn) -> tuple[list[str], list[FrameReads]]:
    """Passing and waiting vehicles in two lanes, more than a second apart, with odd reads in between."""
    expected: list[str] = []
    reads: dict[int, list[tuple[str, Box]]] = {}
    start = 0
    for plate, noise in zip(draw(st.permutations(PLATES))[: draw(st.integers(1, 4))], NOISE, strict=False):
        count, speed, lane = (
            draw(st.integers(5, 12)),
            draw(st.sampled_from((0, 4, 14))),
            draw(st.sampled_from((80, 400))),
        )
        odd = draw(st.one_of(st.none(), st.integers(1, count - 1)))
        for i in range(count):
            text = noise if i == odd else plate
            reads.setdefault(start + i, []).append((text, Box(x=lane, y=60 + speed * i, width=120, height=30)))
        expected.append(plate)
        start += count + draw(st.integers(6, 60))
    frames = [
        frame_reads(CAMERA, *(a_read(text, box=box) for text, box in found), second=n / 5)
        for n, found in sorted(reads.items())
    ]
    return sorted(expected), frames


@st.composite
def delivered(draw: st.DrawFn, frames: list[FrameReads]) -> list[FrameReads]:
    """Some frames up to four places late, some twice."""
    order = sorted(range(len(frames)), key=lambda n: n + draw(st.integers(0, 4)))
    twice = draw(st.sets(st.sampled_from(range(len(frames))), max_size=5))
    return [frames[n] for n in order for _ in range(1 + (n in twice))]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_duplicates_disorder_and_restarts_neither_lose_nor_double_an_event(data: st.DataObject) -> None:
    expected, frames = data.draw(traffic())
    tracker, changes, heard = Tracker(CAMERA, CameraSettings()), list[Change](), NOON
    for frame in data.draw(delivered(frames)):
        heard = max(heard, frame.captured_at)
        changes += tracker.step(frame, heard)
        if data.draw(st.integers(0, 5)) == 0:
            state = TrackerState.model_validate_json(tracker.snapshot().model_dump_json())
            assert state == tracker.snapshot()
            tracker = Tracker(CAMERA, CameraSettings(), state)
    changes += tracker.tick(heard + timedelta(seconds=30))
    assert sorted(c.told.plate for c in changes if c.state is EventState.LOST) == expected
    told = Counter((c.passage.event_id, c.state) for c in changes if c.state in (EventState.RELIABLE, EventState.LOST))
    assert set(told.values()) == {1}
    assert len(told) == 2 * len(expected)
    assert {c.passage.car_id for c in changes} == set(range(1, len(expected) + 1))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_without_disorder_a_restart_after_each_frame_changes_nothing_at_all(data: st.DataObject) -> None:
    _, frames = data.draw(traffic())
    steady, restarted = Tracker(CAMERA, CameraSettings()), Tracker(CAMERA, CameraSettings())
    for frame in frames:
        told = steady.step(frame, frame.captured_at)
        assert restarted.step(frame, frame.captured_at) == told
        state = TrackerState.model_validate_json(restarted.snapshot().model_dump_json())
        restarted = Tracker(CAMERA, CameraSettings(), state)
        assert restarted.step(frame, frame.captured_at) == []
    assert restarted.finish() == steady.finish()
