from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import Missing
from shared.media import MediaStore
from shared.testing import NOON


def test_what_was_put_is_there_and_putting_it_again_changes_nothing(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    key = store.put(b"picture", "cam-1", NOON)
    assert key.startswith("2026/03/14/cam-1-")
    assert store.put(b"picture", "cam-1", NOON) == key
    assert store.get(key) == b"picture"


def test_the_same_bytes_of_two_frames_are_two_files(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    first, second = store.put(b"same", "a", NOON), store.put(b"same", "b", NOON)
    store.discard(first)
    assert store.get(second) == b"same"


def test_nothing_unfinished_is_left_in_the_folder(tmp_path: Path) -> None:
    MediaStore(tmp_path).put(b"x" * 100_000, "a", NOON)
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".jpg"]


@pytest.mark.parametrize("key", ["../../etc/passwd", "2026/03/14/../../x.jpg", "", "/etc/passwd", "2026/03/14/a.exe"])
def test_a_key_never_leaves_the_store(tmp_path: Path, key: str) -> None:
    with pytest.raises(Missing):
        MediaStore(tmp_path).get(key)


def test_a_discarded_picture_is_missing(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    key = store.put(b"x", "a", NOON)
    store.discard(key)
    store.discard(key)
    with pytest.raises(Missing, match="no picture"):
        store.get(key)
