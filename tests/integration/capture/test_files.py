from __future__ import annotations

import os
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from shared import streams
from shared.cameras import FileSource
from shared.messages import Frame, Origin
from shared.status import CameraState

if TYPE_CHECKING:
    from tests.integration.capture.conftest import Capture


def ended(frames: list[Frame]) -> bool:
    return any(frame.ends for frame in frames)


def test_a_video_is_played_completely_and_once(capture: Capture) -> None:
    camera = capture.add("clip", FileSource(path=capture.make_video()))
    capture.start()
    frames = capture.take_until(camera, ended)
    capture.wait_for(lambda: capture.status(camera).state is CameraState.FINISHED)
    frames += capture.take(camera)

    progress = capture.progress(camera)
    assert progress is not None
    assert progress.finished
    assert [frame.index for frame in frames] == list(range(60))
    assert [frame.ends for frame in frames] == [False] * 59 + [True]
    assert [frame.frame_id for frame in frames] == [f"{camera.hex}-{progress.run}-{n}" for n in range(60)]
    assert {frame.origin for frame in frames} == {Origin.FILE}
    assert {(frame.width, frame.height) for frame in frames} == {(160, 120)}
    for frame in frames:
        expected = progress.started_at + timedelta(seconds=frame.index / 12)
        assert abs(frame.captured_at - expected) < timedelta(microseconds=2)
        grey = cv2.imdecode(np.frombuffer(capture.blobs[frame.frame_id], np.uint8), cv2.IMREAD_GRAYSCALE)
        assert grey is not None
        assert abs(float(grey.mean()) - frame.index * 2) < 3


def test_a_finished_video_is_not_played_again_until_its_camera_changes(capture: Capture) -> None:
    source = FileSource(path=capture.make_video(frames=5))
    camera = capture.add("clip", source)
    capture.start()
    first = capture.take_until(camera, ended)
    capture.wait_for(lambda: capture.status(camera).state is CameraState.FINISHED)
    capture.stop()
    capture.site.events.delete(f"status:camera:{camera}")
    capture.start()
    capture.wait_for(lambda: capture.status(camera).state is CameraState.FINISHED)
    assert capture.take(camera) == []

    capture.change(camera, source=source)
    second = capture.take_until(camera, ended)
    assert len(first) == len(second) == 5
    assert not {frame.frame_id for frame in first} & {frame.frame_id for frame in second}


def test_a_full_stream_makes_the_video_wait(capture: Capture) -> None:
    camera = capture.add("clip", FileSource(path=capture.make_video()))
    capture.start()
    capture.wait_for(lambda: capture.waiting(camera) == streams.FILE_FRAMES)
    time.sleep(0.5)
    assert capture.waiting(camera) == streams.FILE_FRAMES
    assert len(capture.take_until(camera, ended)) == 60


@pytest.mark.parametrize("whole_service", [False, True])
def test_after_a_kill_the_same_frames_come_and_none_is_missing(capture: Capture, whole_service: bool) -> None:
    camera = capture.add("clip", FileSource(path=capture.make_video(frames=120)))
    capture.start()
    capture.wait_for(lambda: capture.waiting(camera) == streams.FILE_FRAMES)
    frames = capture.take(camera, 20)
    capture.wait_for(lambda: (progress := capture.progress(camera)) is not None and progress.position == 20)
    if whole_service:
        orphans = capture.camera_pids()
        capture.stop(signal.SIGKILL)
        capture.wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans))
        capture.start()
    else:
        (pid,) = capture.camera_pids()
        os.kill(pid, signal.SIGKILL)
    frames += capture.take_until(camera, ended)

    ids = Counter(frame.frame_id for frame in frames)
    assert {frame.index for frame in frames} == set(range(120))
    assert len(ids) == 120
    assert len({(frame.frame_id, frame.captured_at, frame.ends) for frame in frames}) == 120
    # What was in the stream when it was killed comes twice at most; what was handled before does not come again.
    assert sum(ids.values()) - 120 <= streams.FILE_FRAMES
    assert all(ids[frame.frame_id] == 1 for frame in frames if frame.index < 20)


def test_frames_that_an_emptied_redis_lost_come_again(capture: Capture) -> None:
    camera = capture.add("clip", FileSource(path=capture.make_video()))
    capture.start()
    capture.wait_for(lambda: capture.waiting(camera) == streams.FILE_FRAMES)
    capture.site.frames.flushall()
    # A recognizer creates the stream again at once, so that its absence alone would not show.
    streams.ensure_group(capture.site.frames, streams.frames(camera), "recognizer")
    frames = capture.take_until(camera, ended)
    assert [frame.index for frame in frames] == list(range(60))
    capture.wait_for(lambda: bool(capture.site.frames.sismember(streams.FRAME_CAMERAS, str(camera))))


def test_a_looping_video_begins_again_with_new_ids(capture: Capture) -> None:
    camera = capture.add("clip", FileSource(path=capture.make_video(frames=4), loop=True))
    capture.start()
    frames = capture.take_until(camera, lambda taken: sum(frame.ends for frame in taken) >= 2)[:8]
    assert [frame.index for frame in frames] == [0, 1, 2, 3] * 2
    assert len({frame.frame_id for frame in frames}) == 8


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "There is no file"), (b"", "is empty"), (b"no video at all" * 99, "is no video that can be read")],
)
def test_a_file_that_is_no_video_is_told_in_the_status(capture: Capture, content: bytes | None, sentence: str) -> None:
    path = capture.folder / "clip.avi"
    if content is not None:
        path.write_bytes(content)
    camera = capture.add("clip", FileSource(path=path))
    capture.start()
    capture.wait_for(lambda: sentence in capture.status(camera).message)
    assert capture.status(camera).state is CameraState.WAITING
    capture.make_video(frames=3)
    assert len(capture.take_until(camera, ended)) == 3


def test_a_cut_off_video_gives_the_frames_that_it_has(capture: Capture) -> None:
    path = capture.make_video(frames=20)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    camera = capture.add("clip", FileSource(path=path))
    capture.start()
    frames = capture.take_until(camera, ended)
    assert 5 <= len(frames) < 20
    assert [frame.index for frame in frames] == list(range(len(frames)))


CLIPS = Path(__file__).parents[3].parent / "shared" / "data" / "eval" / "clips"


@pytest.mark.data
@pytest.mark.skipif(not CLIPS.is_dir(), reason="the folder of real clips is not beside the checkout")
def test_a_real_clip_is_played_frame_by_frame(capture: Capture) -> None:
    clips = {"clip00.avi": 36, "clip10.mp4": 37}
    cameras = {capture.add(name, FileSource(path=CLIPS / name)): count for name, count in clips.items()}
    capture.start()
    for camera, count in cameras.items():
        assert [frame.index for frame in capture.take_until(camera, ended)] == list(range(count))
