from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import av
import numpy as np
import pytest

from services.capture.sources import opener_of
from services.capture.sources.contracts import Opening, Picture
from shared.cameras import FileSource
from shared.testing import NOON


class Notes:
    """Counts what a source says."""

    def __init__(self) -> None:
        self.arrivals = self.damages = 0

    def alive(self) -> None: ...

    def ready(self) -> None: ...

    def arrived(self) -> None:
        self.arrivals += 1

    def damaged(self) -> None:
        self.damages += 1


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Twenty frames, one a second."""
    path = tmp_path / "clip.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuvj420p"
        for number in range(20):
            noise = np.random.default_rng(number).integers(0, 255, (120, 160, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(noise, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 1)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def play(
    source: FileSource,
    *,
    rate: float = 60,
    position: int = 0,
    wait: Callable[[float], bool] = lambda _: False,
    notes: Notes | None = None,
) -> list[Picture]:
    opening = Opening(
        camera_id=uuid4(),
        rate=rate,
        data_dir=Path(),
        uploads=Path(),
        started_at=NOON,
        position=position,
        stopping=lambda: False,
        wait=wait,
        notes=notes or Notes(),
    )
    return list(opener_of("file")(source, opening))


def test_the_times_are_those_inside_the_video(video: Path) -> None:
    pictures = play(FileSource(path=video))
    assert [picture.captured_at - NOON for picture in pictures] == [timedelta(seconds=n) for n in range(20)]
    assert [picture.ends for picture in pictures] == [False] * 19 + [True]


def test_a_restart_in_the_middle_gives_the_same_pictures_from_there(video: Path) -> None:
    whole, rest = play(FileSource(path=video), rate=0.5), play(FileSource(path=video), rate=0.5, position=4)
    assert 4 < len(whole) < 20
    assert len(rest) == len(whole) - 4
    for before, after in zip(whole[4:], rest, strict=True):
        assert (before.index, before.captured_at, before.ends) == (after.index, after.captured_at, after.ends)
        assert np.array_equal(before.image, after.image)  # type: ignore[arg-type]


def test_a_position_at_the_end_leaves_nothing_to_play(video: Path) -> None:
    assert play(FileSource(path=video), position=20) == []


def test_only_a_realtime_video_waits_for_its_own_time(video: Path) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    play(FileSource(path=video), wait=wait)
    assert waits == []
    play(FileSource(path=video, realtime=True), wait=wait)
    assert len(waits) == 20
    assert waits == sorted(waits)
    assert 0 < waits[-1] <= 19


def test_a_stop_ends_a_realtime_video_at_once(video: Path) -> None:
    assert play(FileSource(path=video, realtime=True), wait=lambda _: True) == []


def test_packets_without_a_picture_are_counted_and_the_others_played(video: Path) -> None:
    data = bytearray(video.read_bytes())
    starts = [at for at in range(len(data)) if data.startswith(b"00dc", at) and data.startswith(b"\xff\xd8", at + 8)]
    assert len(starts) == 20
    for start in starts[3:6]:
        size = int.from_bytes(data[start + 4 : start + 8], "little")
        data[start + 8 : start + 8 + size] = bytes(size)
    video.write_bytes(data)
    notes = Notes()
    pictures = play(FileSource(path=video), notes=notes)
    assert [picture.index for picture in pictures] == list(range(17))
    assert [picture.captured_at - NOON for picture in pictures][3:5] == [timedelta(seconds=6), timedelta(seconds=7)]
    assert (notes.arrivals, notes.damages) == (17, 3)
