"""What an integrator asks of a running site: is this plate readable, does this destination answer, how is it doing."""

from __future__ import annotations

import json
import socket

import cv2
import httpx
import pytest

from services.capture.demo.scene import Scene
from tests.e2e.receivers import Receivers
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def picture(second: float) -> bytes:
    return cv2.imencode(".jpg", Scene().frame(second))[1].tobytes()


def test_a_posted_picture_is_read_while_somebody_waits(running: RunningSite) -> None:
    files = {"picture": ("road.jpg", picture(35.8), "image/jpeg")}
    answer = running.api.post("/api/v1/read", files=files).raise_for_status().json()
    assert {plate["text"] for plate in answer["plates"]} >= {"AA4827KC", "V444TH"}
    assert answer["ms"] > 0
    bare = running.api.post("/api/v1/read", content=picture(35.8), headers={"Content-Type": "image/jpeg"})
    assert {plate["text"] for plate in bare.json()["plates"]} == {plate["text"] for plate in answer["plates"]}


def test_what_is_no_picture_gets_one_sentence(running: RunningSite) -> None:
    for data in (b"not a picture", picture(35.8)[:5000], b""):
        answer = running.api.post("/api/v1/read", content=data, headers={"Content-Type": "image/jpeg"})
        assert answer.status_code == 422
        assert set(answer.json()) == {"error", "detail", "field"}


def test_a_posted_picture_becomes_an_event_of_its_camera(running: RunningSite) -> None:
    camera = running.post("/cameras", {"name": "desk", "source": {"kind": "upload"}})
    files = {"picture": ("road.jpg", picture(35.8), "image/jpeg")}
    posted = running.api.post(f"/api/v1/cameras/{camera['id']}/pictures", files=files)
    assert posted.status_code == 202
    wait_for(lambda: len(running.events_of("desk")) >= 2, 60, "the picture gave no events")
    assert {event["plate"] for event in running.events_of("desk")} == {"AA4827KC", "V444TH"}


def test_the_test_button_says_what_a_destination_answers(running: RunningSite, told: Receivers) -> None:
    destinations = running.get("/destinations")["destinations"]
    for destination in destinations:
        assert running.post(f"/destinations/{destination['id']}/test", {})["ok"] is True
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings = {"host": "127.0.0.1", "port": unused.getsockname()[1]}
        dead = running.post("/destinations", {"name": "Dead", "kind": "nvr_text", "settings": settings})
        result = running.post(f"/destinations/{dead['id']}/test", {})
    assert result["ok"] is False
    assert "cannot be reached" in result["sentence"]


def test_the_live_feed_brings_an_event_as_it_happens(running: RunningSite) -> None:
    camera = running.post("/cameras", {"name": "live desk", "source": {"kind": "upload"}})
    timeout = httpx.Timeout(60, connect=5)
    with running.api.stream("GET", "/api/v1/live", timeout=timeout) as feed:
        assert feed.headers["content-type"].startswith("text/event-stream")
        files = {"picture": ("road.jpg", picture(20.5), "image/jpeg")}
        httpx.post(
            running.api.base_url.join(f"/api/v1/cameras/{camera['id']}/pictures"),
            files=files,
            headers={"Authorization": running.api.headers["Authorization"]},
            timeout=30,
        ).raise_for_status()
        for line in feed.iter_lines():
            said = json.loads(line[5:]) if line.startswith("data:") else {}
            if said.get("camera_name") == "live desk":
                assert said["plate"] == "AM838EM"
                break


def test_prometheus_finds_the_figures_of_every_service(running: RunningSite) -> None:
    text = running.api.get("/metrics").raise_for_status().text
    for name in ("platewire_recognizer_frames", "platewire_reactor_events", "platewire_capture_cameras"):
        assert name in text
