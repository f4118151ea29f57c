"""Cameras that are looked for in the network, and asked for their streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.api.gateway import Api, add_camera
from tests.simulators.onvif_camera import OnvifCamera


@pytest.fixture(name="camera")
def _camera(monkeypatch: pytest.MonkeyPatch) -> Iterator[OnvifCamera]:
    monkeypatch.setenv("PLATEWIRE_ONVIF_INTERFACES", "lo")
    monkeypatch.setenv("PLATEWIRE_ALLOW_LOOPBACK", "1")
    with OnvifCamera() as camera:
        yield camera


def found(api: Api, seconds: float = 1.0) -> Any:
    answer = api.client.get("/api/v1/onvif/devices", params={"seconds": seconds})
    assert answer.status_code == 200, answer.text
    return answer.json()["devices"]


def told_by(api: Api, asked: dict[str, Any]) -> Any:
    answer = api.client.post("/api/v1/onvif/streams", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(camera: OnvifCamera, **changes: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": camera.port, "user": "admin", "password": "s3cret!"} | changes


def test_a_camera_in_the_network_is_found_once_with_the_address_that_can_be_reached(
    api: Api, camera: OnvifCamera
) -> None:
    path = "/onvif/device_service"
    known = {"host": "127.0.0.1", "port": camera.port, "path": path, "name": "Gate in", "model": "XNO-6080R"}
    assert found(api) == [known | {"camera": None}]
    assert len(camera.probes) == 2
    add_camera(api, "Gate", kind="rtsp", url="rtsp://127.0.0.1:554/main")
    assert found(api) == [known | {"camera": "Gate"}]


def test_answers_to_other_questions_and_nonsense_are_not_believed(
    api: Api, camera: OnvifCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in ("RelatesTo", "<not xml", "<!DOCTYPE x>"):
        monkeypatch.setattr("tests.simulators.onvif_camera.ANSWER", answer)
        assert found(api, 0.3) == []


@pytest.mark.parametrize("auth", ["digest", "wsse", "both", "none"])
def test_a_cameras_streams_are_told_with_the_host_that_it_was_asked_by(
    api: Api, camera: OnvifCamera, auth: str
) -> None:
    camera.auth = auth
    told = told_by(api, asked(camera))
    assert (told["ok"], told["trouble"], told["sentence"]) == (True, "", "Hanwha XNO-6080R")
    assert [(one["name"], one["width"], one["encoding"], one["best"]) for one in told["streams"]] == [
        ("main", 3840, "H264", False),
        ("second", 1920, "H264", True),
        ("third", 640, "JPEG", False),
    ]
    assert told["streams"][1]["url"] == "rtsp://127.0.0.1:554/second&1"
    assert told["streams"][1]["rate"] == 25


def test_what_is_wrong_has_its_word_and_its_sentence(api: Api, camera: OnvifCamera) -> None:
    def trouble(**changes: Any) -> str:
        told = told_by(api, asked(camera, **changes))
        assert (told["ok"], told["streams"]) == (False, [])
        assert told["sentence"]
        return str(told["trouble"])

    assert trouble(password="wrong") == "credentials"
    camera.has_media = False
    assert trouble() == "wrong_device"
    camera.has_media, camera.tells = True, ""
    assert trouble() == "wrong_device", "a stream without a host"
    assert trouble(port=1) == "cannot_connect"


def test_our_own_servers_are_never_asked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATEWIRE_ALLOW_LOOPBACK", raising=False)
    told = told_by(api, {"host": "127.0.0.1", "port": 5432})
    assert (told["ok"], "not allowed" in told["sentence"]) == (False, True)


@pytest.mark.parametrize("host", ["http://10.0.0.5", "a b", "", "x" * 256])
def test_what_is_no_host_is_refused_at_its_field(api: Api, host: str) -> None:
    answer = api.client.post("/api/v1/onvif/streams", json={"host": host})
    assert (answer.status_code, answer.json()["field"]) == (422, "host")
