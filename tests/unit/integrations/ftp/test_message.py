"""Names and files of an upload."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from services.integrations.ftp.message import build
from services.integrations.ftp.settings import Settings
from tests.simulators.sample_delivery import a_camera, a_delivery, some_pictures

PICTURES = some_pictures(frame=b"frame", crop=b"crop")


def the_settings(**changes: Any) -> Settings:
    return Settings.model_validate({"host": "files.example", "user": "gate", "password": "right"} | changes)


def test_files_go_by_camera_and_day_and_the_document_is_last() -> None:
    upload = build(a_delivery(), PICTURES, the_settings())
    stem = "143419_19ZFZL_7c1c8f0e-0000-4000-8000-000000000001"
    assert upload.folder == ("Gate", "2018-12-12")
    assert list(upload.files) == [f"{stem}.jpg", f"{stem}_plate.jpg", f"{stem}.json"]
    assert json.loads(upload.files[f"{stem}.json"])["event"]["plate"] == "19ZFZL"


@pytest.mark.parametrize("name", ["../../etc", "a/b\\c", "..", "\r\n", "Gate: <1>|*?", "x" * 300])
def test_a_cameras_name_stays_one_part_of_the_path(name: str) -> None:
    upload = build(a_delivery(camera=a_camera(name=name)), PICTURES, the_settings(folder="{camera}", name="{camera}"))
    for part in (*upload.folder, *upload.files):
        assert "/" not in part
        assert "\\" not in part
        assert part not in ("", ".", "..")
        assert part.isprintable()
        assert len(part) < 100
    assert len(upload.folder) == 1


def test_what_is_wanted_is_chosen() -> None:
    assert [len(build(a_delivery(), PICTURES, the_settings(files=f)).files) for f in ("crop", "frame")] == [1, 1]
    assert build(a_delivery(), some_pictures(), the_settings(files="frame_and_crop")).files == {}


@pytest.mark.parametrize(
    "changes", [{"folder": "../up"}, {"name": "{nonsense}"}, {"password": ""}, {"host_key": "SHA1:x"}, {"user": ""}]
)
def test_what_cannot_work_is_said_when_it_is_entered(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        the_settings(**changes)
