from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from shared.cameras import FolderSource, UploadSource
from shared.messages import Origin
from shared.status import CameraState

if TYPE_CHECKING:
    from tests.integration.capture.conftest import Capture


def put(folder: Path, name: str, grey: int = 90, modified: float = 1_790_000_000.0) -> bytes:
    """Writes a picture as the API does: hidden, then renamed."""
    done, data = cv2.imencode(Path(name).suffix, np.full((48, 64, 3), grey, np.uint8))
    assert done
    folder.mkdir(parents=True, exist_ok=True)
    hidden = folder / f".{name}.part"
    hidden.write_bytes(data.tobytes())
    os.utime(hidden, (modified, modified))
    hidden.rename(folder / name)
    return data.tobytes()


def test_a_folder_is_played_in_the_order_of_its_names_without_its_bad_pictures(
    capture: Capture, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    last = put(folder, "c.png", modified=1_790_000_000)
    first = put(folder, "a.jpg", modified=1_790_000_500.25)
    (folder / "b.jpg").write_bytes(b"not a picture")
    (folder / "notes.txt").write_text("no picture either")
    camera = capture.add("folder", FolderSource(path=folder))
    capture.start()
    frames = capture.take_until(camera, lambda taken: len(taken) == 2)
    assert [(frame.index, frame.ends) for frame in frames] == [(0, True), (2, True)]
    assert capture.blobs[frames[0].frame_id] == first
    assert capture.blobs[frames[1].frame_id].startswith(b"\xff\xd8")
    assert last.startswith(b"\x89PNG")
    assert frames[0].captured_at == datetime.fromtimestamp(1_790_000_500.25, UTC)
    assert "b.jpg" in capture.logged()
    capture.wait_for(lambda: capture.status(camera).state is CameraState.FINISHED)
    capture.wait_for(lambda: "1 damaged" in capture.status(camera).message)


def test_an_empty_folder_and_a_missing_one_are_told(capture: Capture, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    cameras = [capture.add(name, FolderSource(path=tmp_path / name)) for name in ("empty", "missing")]
    capture.start()
    capture.wait_for(lambda: "no picture in the folder" in capture.status(cameras[0]).message)
    capture.wait_for(lambda: "no folder" in capture.status(cameras[1]).message)


@pytest.mark.slow
def test_a_watched_folder_sends_each_picture_once_also_after_a_restart(capture: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    put(folder, "z.jpg", 10)
    camera = capture.add("folder", FolderSource(path=folder, watch=True))
    capture.start()
    first = capture.take_until(camera, bool)
    put(folder, "a.jpg", 20)
    second = capture.take_until(camera, bool)
    ledger = capture.site.settings.data_dir / "capture" / f"{camera}.seen"
    capture.wait_for(lambda: len(ledger.read_text().split()) == 2)
    capture.stop()

    put(folder, "m.jpg", 30)
    capture.start()
    third = capture.take_until(camera, bool)
    # The same name with another content is another picture.
    put(folder, "z.jpg", 40, modified=1_790_000_009)
    fourth = capture.take_until(camera, bool)
    frames = first + second + third + fourth
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert len({frame.frame_id for frame in frames}) == 4
    assert capture.take(camera) == []
    assert len(list(folder.iterdir())) == 3


@pytest.mark.slow
def test_an_upload_is_deleted_only_after_it_was_taken_and_survives_a_kill(capture: Capture) -> None:
    camera = capture.add("upload", UploadSource())
    folder = capture.site.settings.uploads_dir / str(camera)
    data = put(folder, "1.jpg")
    capture.start()
    capture.wait_for(lambda: capture.waiting(camera) == 1)
    (pid,) = capture.camera_pids()
    os.kill(pid, 9)
    # After the restart it is in the stream twice, under one id.
    capture.wait_for(lambda: capture.waiting(camera) == 2)
    assert (folder / "1.jpg").exists()
    frames = capture.take(camera)
    capture.wait_for(lambda: not (folder / "1.jpg").exists())
    assert len({frame.frame_id for frame in frames}) == 1
    assert {(frame.origin, frame.ends, frame.width) for frame in frames} == {(Origin.UPLOAD, True, 64)}
    assert capture.blobs[frames[0].frame_id] == data
    assert capture.status(camera).state is CameraState.RUNNING


def test_pictures_come_in_the_order_of_their_times_and_each_stands_alone(capture: Capture) -> None:
    camera = capture.add("upload", UploadSource())
    folder = capture.site.settings.uploads_dir / str(camera)
    for number in range(40):
        put(folder, f"{number:02}.jpg", number, modified=1_790_000_000 + number)
    capture.start()
    frames = capture.take_until(camera, lambda taken: len(taken) == 40)
    assert [frame.index for frame in frames] == list(range(40))
    assert all(frame.ends for frame in frames)
    capture.wait_for(lambda: not any(folder.iterdir()))
