from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import pytest

from services.capture import inbox
from services.capture.inbox import Arrived, Inbox
from services.capture.ledger import Ledger
from services.capture.sources.contracts import Opening, Picture
from shared.errors import SourceError
from shared.testing import NOON


class Notes:
    """Counts what an inbox says."""

    def __init__(self) -> None:
        self.damages = 0

    def alive(self) -> None: ...

    def ready(self) -> None: ...

    def arrived(self) -> None: ...

    def damaged(self) -> None:
        self.damages += 1


def an_opening(folder: Path, notes: Notes, stop: Callable[[], bool]) -> Opening:
    return Opening(
        camera_id=uuid4(),
        rate=5,
        data_dir=folder,
        uploads=folder,
        started_at=NOON,
        position=0,
        stopping=stop,
        wait=lambda _seconds: stop(),
        notes=notes,
    )


def a_picture() -> bytes:
    done, data = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))
    assert done
    return data.tobytes()


def watched(
    folder: Path, until: Callable[[list[Picture]], bool], notes: Notes, finished: list[Arrived]
) -> list[Picture]:
    """What an inbox gives until enough was seen."""
    found: list[Picture] = []
    deadline = time.monotonic() + 20
    stop = lambda: until(found) or time.monotonic() > deadline  # noqa: E731
    for picture in Inbox(folder, an_opening(folder, notes, stop), (), finished.append).pictures():
        found.append(picture)
        picture.when_done()
    assert until(found)
    return found


def test_a_picture_that_is_still_being_written_waits_for_its_end(tmp_path: Path) -> None:
    data, path = a_picture(), tmp_path / "slow.jpg"
    path.write_bytes(data[:100])
    begun = time.monotonic()

    def grows(found: list[Picture]) -> bool:
        if path.stat().st_size < len(data) and time.monotonic() - begun > 1:
            path.write_bytes(data)
        return bool(found)

    notes = Notes()
    (picture,) = watched(tmp_path, grows, notes, [])
    assert picture.jpeg == data
    assert notes.damages == 0


def test_a_file_that_stays_broken_is_given_up_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(inbox, "BROKEN_SECONDS", 1.0)
    (tmp_path / "bad.jpg").write_bytes(b"not a picture")
    notes, finished = Notes(), list[Arrived]()
    assert watched(tmp_path, lambda _: notes.damages == 1, notes, finished) == []
    assert [one.path.name for one in finished] == ["bad.jpg"]
    assert "skips a file that is no picture" in caplog.text


def test_a_disk_that_refuses_to_note_what_was_handled_does_not_end_the_camera(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "one.jpg").write_bytes(a_picture())

    def refuse(_arrived: Arrived) -> None:
        raise PermissionError(13, "Permission denied")

    seen: list[Picture] = []
    opening = an_opening(tmp_path, Notes(), lambda: bool(seen))
    for picture in Inbox(tmp_path, opening, (), refuse).pictures():
        picture.when_done()
        seen.append(picture)
    assert len(seen) == 1
    assert "a restart sends it again" in caplog.text


def test_the_key_names_file_and_content(tmp_path: Path) -> None:
    keys = {
        Arrived(tmp_path / "a.jpg", 1, 2).key,
        Arrived(tmp_path / "b.jpg", 1, 2).key,
        Arrived(tmp_path / "a.jpg", 2, 2).key,
        Arrived(tmp_path / "a.jpg", 1, 3).key,
    }
    assert len(keys) == 4
    assert Arrived(tmp_path / "a.jpg", 1, 2).key in keys


def test_a_folder_that_goes_away_is_an_error_of_the_source(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()

    def vanish() -> bool:
        if folder.exists():
            folder.rmdir()
        return False

    with pytest.raises(SourceError, match="folder"):
        next(Inbox(folder, an_opening(folder, Notes(), vanish), (), lambda _: None).pictures())


def test_a_ledger_remembers_what_is_still_there(tmp_path: Path) -> None:
    path = tmp_path / "capture" / "seen"
    ledger = Ledger(path, set())
    ledger.add("one")
    ledger.add("two")
    ledger.close()
    again = Ledger(path, {"two", "three"})
    assert "two" in again
    assert "one" not in again
    assert "three" not in again
    again.close()
    assert path.read_text() == "two\n"


def test_a_ledger_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SourceError, match="data folder"):
        Ledger(tmp_path / "file" / "seen", set())
    assert os.listdir(tmp_path) == ["file"]
