"""In front of a real camera: its own events and ours in one stream, everything else passed on, and nothing more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from services.integrations.ssm import streams, tap
from simulators.sunapi_camera import DIGESTS, EMITTERS, JPEG, SunapiCamera
from tests.simulators.ssm_client import EVENTSTATUS, FOLLOW, Stream

BeforeCamera = Callable[..., Any]
SCHEMA = f"{EVENTSTATUS}monitordiff&SchemaBased=True"
MOTION = '"EventName":"MotionDetection"'


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "PAUSE", 0.1)


def motions(stream: Stream) -> list[bool]:
    """What the stream told of the camera's own event."""
    found = []
    for payload in stream.payloads:
        if payload.startswith("Channel.0.MotionDetection="):
            found.append(payload.endswith("True"))
        elif payload.startswith("{"):
            entries = json.loads(payload).get("EventStatus", [])
            found += [entry["Data"]["State"] for entry in entries if entry["EventName"] == "MotionDetection"]
    return found


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize("personality", ["strict", "text"])
def test_both_devices_events_come_in_one_stream_whatever_the_firmware(
    before_camera: BeforeCamera, camera: SunapiCamera, emitter: str, personality: str
) -> None:
    camera.quirks.emitter = emitter
    source = before_camera(generation="gen2")
    stream = source.client(personality=personality).follow(SCHEMA)
    stream.expect(lambda s: motions(s) == [False] and len(s.seen) >= 1)
    first = stream.raw.split(b"--SamsungTechwin\r\n")[1]
    assert b"MotionDetection" in first
    assert b"NumberOkEdgeHanwha" in first
    source.tell("AA1234BB")
    camera.set_motion(True)

    stream.expect(lambda s: motions(s) == [False, True] and s.plates == ["AA1234BB"])
    camera.set_motion(False)
    stream.expect(lambda s: motions(s) == [False, True, False])
    assert [one.state for one in stream.seen if one.state is not None][:2] == [False, True]
    assert stream.raw.count(b"\r\n\r\n") == stream.raw.count(b"--SamsungTechwin\r\nContent-Type: ")
    stream.close()


@pytest.mark.parametrize("variant", DIGESTS)
def test_the_camera_is_asked_with_its_own_credentials_in_every_variant_of_digest(
    before_camera: BeforeCamera, camera: SunapiCamera, variant: str
) -> None:
    camera.quirks.digest = variant
    source = before_camera()

    for _ in range(3):
        told = source.client().get("/stw-cgi/video.cgi?msubmenu=snapshot&action=view&x=a%20b")
        assert (told.status, told.headers["content-type"], told.body) == (200, "image/jpeg", JPEG)
    assert camera.refused_logins == 0
    asked = camera.expect("snapshot", 3)[0]
    assert asked.target.endswith("&x=a%20b")
    assert asked.headers["host"] == f"127.0.0.1:{camera.port}"
    assert 'username="root"' in asked.headers["authorization"]
    assert all("admin" not in one.headers.get("authorization", "") for one in camera.asked)


def test_everything_else_is_passed_on(before_camera: BeforeCamera, camera: SunapiCamera) -> None:
    client = before_camera().client()

    sent = client.get("/stw-cgi/ptz.cgi?msubmenu=move&action=control", method="POST", body=b"Pan=1&Tilt=2")
    assert sent.text == "OK\r\nPan=1&Tilt=2"
    assert client.get("/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view").text.startswith("Model=XNV-SIM8080R")
    assert client.get("/stw-cgi/foo.cgi?msubmenu=bar&action=view").text == "OK\r\n"


def test_strangers_never_reach_the_camera(before_camera: BeforeCamera, camera: SunapiCamera) -> None:
    source = before_camera(guest_user="viewer", guest_password="viewer-pw")

    assert source.client().bare("/stw-cgi/video.cgi?msubmenu=snapshot&action=view").status == 401
    assert source.client().bare("http://127.0.0.1:1/stw-cgi/x").status == 400
    assert source.client().bare("example.org:443", method="CONNECT").status == 400
    source.client().bare("/init-cgi/pw_init.cgi?msubmenu=statuscheck&action=view")
    guest = source.client(user="viewer", password="viewer-pw")
    assert "609" in guest.get("/stw-cgi/video.cgi?msubmenu=snapshot&action=view").text
    assert camera.asked == []


@pytest.mark.parametrize(
    "target",
    [
        "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view&msubmenu=factoryreset&action=control",
        "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view&MSUBMENU=factoryreset",
        "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view&%6dsubmenu=factoryreset",
        "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view&x=1;msubmenu=factoryreset",
        "/stw-cgi/security.cgi/system.cgi?msubmenu=deviceinfo&action=view",
    ],
)
def test_a_guest_cannot_make_the_camera_understand_something_else(
    before_camera: BeforeCamera, camera: SunapiCamera, target: str
) -> None:
    source = before_camera(guest_user="viewer", guest_password="viewer-pw")

    assert "Error Code: 609" in source.client(user="viewer", password="viewer-pw").get(target).text
    assert camera.asked == []


def test_documents_tell_of_both_devices(before_camera: BeforeCamera, camera: SunapiCamera) -> None:
    client = before_camera().client()

    def told(place: str, *, json: bool) -> Any:
        reply = client.get(f"/stw-cgi/{place}&action=view", json=json)
        return reply.json if json else reply.text

    events = told("eventstatus.cgi?msubmenu=eventstatusschema", json=True)["items"]
    assert events[0]["properties"]["EventName"]["enum"] == ["MotionDetection"]
    assert "OpenSDK.NumberOkEdgeHanwha.LicensePlateNumber" in events[1]["properties"]["EventName"]["enum"]
    text = told("eventstatus.cgi?msubmenu=eventstatusschema", json=False)
    assert "EventStatus.7.Name=MotionDetection\r\n" in text
    assert "EventStatus.8.Name=OpenSDK.NumberOkEdgeHanwha" in text
    apps = told("opensdk.cgi?msubmenu=apps", json=True)
    assert (apps["InstalledApps"], [app["AppID"] for app in apps["Apps"]]) == (2, ["WiseAI", "NumberOkEdgeHanwha"])
    text = told("opensdk.cgi?msubmenu=apps", json=False)
    assert text.startswith("InstalledApps=2\r\nWiseAI.Status=Running\r\n")
    infos = told("opensdk.cgi?msubmenu=opensdkeventinfo", json=True)["OpenSDKEventInfo"]
    assert [info["AppName"] for info in infos] == ["WiseAI", "NumberOkEdgeHanwha", "NumberOkEdgeHanwha"]
    schemas = told("eventstatus.cgi?msubmenu=metadataschema", json=True)["MetaDataSchema"]
    topics = [schema.get("EventTopic") for schema in schemas]
    assert topics == [None, "tns1:OpenApp/NumberOkEdgeHanwha/LicensePlateNumber"]
    attributes = client.get("/stw-cgi/attributes.cgi").text
    assert 'name="PTZ"' in attributes
    assert 'name="OpenSDK" type="bool" value="True"' in attributes
    assert '<entry value="MotionDetection" /><entry value="OpenSDK" />' in attributes
    check = client.get(f"{EVENTSTATUS}check", json=True).json["ChannelEvent"]
    assert check == [
        {"Channel": 0, "MotionDetection": False, "OpenSDK": {"NumberOkEdgeHanwha": {"LicensePlateNumber": False}}}
    ]


def test_what_the_camera_does_not_know_we_tell_alone(before_camera: BeforeCamera, camera: SunapiCamera) -> None:
    camera.quirks.refuse = frozenset({"eventstatus", "eventstatusschema", "apps", "opensdkeventinfo"})
    client = before_camera(generation="gen2").client()

    assert client.get("/stw-cgi/opensdk.cgi?msubmenu=apps&action=view", json=True).json["InstalledApps"] == 1
    assert client.get(f"{EVENTSTATUS}check").text == "Channel.0.OpenSDK.NumberOkEdgeHanwha.LicensePlateNumber=False\r\n"
    stream = client.follow()
    assert len(stream.expect_states(1, "gen2")) == 1
    stream.close()


def test_a_dropped_stream_and_a_reboot_begin_with_a_full_status_again(
    before_camera: BeforeCamera, camera: SunapiCamera
) -> None:
    source = before_camera(generation="gen2")
    stream = source.client().follow(SCHEMA)
    stream.expect(lambda s: motions(s) == [False])
    camera.set_motion(True)
    stream.expect(lambda s: motions(s) == [False, True])
    camera.drop_streams()
    stream.expect(lambda s: motions(s) == [False, True, True])
    camera.reboot()
    stream.expect(lambda s: motions(s) == [False, True, True, False])
    camera.change_settings()
    stream.expect(lambda s: any("ConfigChange" in payload for payload in s.payloads))

    assert [one.state for one in stream.seen] == [False, False, False], "each full status holds ours too"
    stream.close()


def test_the_cameras_stream_ends_with_the_consumers(before_camera: BeforeCamera, camera: SunapiCamera) -> None:
    source = before_camera()
    stream = source.client().follow(SCHEMA)
    stream.expect(lambda s: motions(s) == [False])
    stream.close()

    deadline = time.monotonic() + 20
    while "No consumer" not in source.check():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # The simulator notices it with what it writes next.
    while camera.followers:
        assert time.monotonic() < deadline
        camera.set_motion(not camera.motion)
        time.sleep(0.02)


def test_without_the_camera_ours_are_told_and_the_reason_is_shown(
    before_camera: BeforeCamera, camera: SunapiCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "FIRST_STATUS", 0.5)
    camera.power_off()
    source = before_camera(generation="gen2")
    stream = source.client().follow(SCHEMA)
    stream.expect_states(1, "gen2")
    source.tell("AA1234BB")

    stream.expect(lambda s: s.plates == ["AA1234BB"])
    away = source.client().get("/stw-cgi/video.cgi?msubmenu=snapshot&action=view")
    assert (away.status, "does not answer (Connection refused)" in away.text) == (502, True)
    assert "does not answer" in json.loads(source.client().get("/platewire/status").body)["camera"]
    with camera:
        stream.expect(lambda s: motions(s) == [False])
        assert source.client().get("/stw-cgi/video.cgi?msubmenu=snapshot&action=view").body == JPEG
        stream.close()


def test_a_wrong_password_for_the_camera_does_not_block_its_user(
    before_camera: BeforeCamera, camera: SunapiCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = before_camera(upstream_password="wrong")
    stream = source.client().follow(SCHEMA)
    for _ in range(10):
        answer = source.client().get("/stw-cgi/video.cgi?msubmenu=snapshot&action=view")
        assert (answer.status, "refuses the user or password" in answer.text) == (502, True)

    assert 1 <= camera.refused_logins <= 2
    assert "www-authenticate" not in answer.headers
    stream.expect_states(1, "gen2")
    stream.close()


def test_monitor_adds_ours_to_each_of_the_cameras_full_statuses(
    before_camera: BeforeCamera, camera: SunapiCamera
) -> None:
    source = before_camera(generation="gen2")
    stream = source.client().follow(f"{EVENTSTATUS}monitor&SchemaBased=True&Periodicity=1")

    stream.expect(lambda s: len(motions(s)) == 2)
    assert [payload.count("EventName") for payload in stream.payloads] == [2, 2]
    stream.close()


def test_a_filter_is_the_cameras_too(before_camera: BeforeCamera, camera: SunapiCamera) -> None:
    stream = before_camera().client().follow(FOLLOW + "&SchemaBased=True")
    stream.expect_states(1, "gen2")

    assert camera.expect("eventstatus")[0].query["Channel.0.EventType"] == "OpenSDK"
    stream.close()
