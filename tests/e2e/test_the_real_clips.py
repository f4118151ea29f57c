"""Sixteen real clips as cameras: each vehicle becomes one event, told once to everybody who wants to hear of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.e2e.receivers import Receivers
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(900)]
LISTED = ("clip00.avi", "clip08.avi", "clip11.avi")
"""Clips of whose plates the last is on the white list."""


def play(running: RunningSite, clips: Path) -> dict[str, list[str]]:
    """Adds every clip as a camera; returns the plates that each camera must see."""
    labels = [json.loads(line) for line in (clips / "labels.jsonl").read_text().splitlines()]
    wanted = {label["file"]: [plate["text"] for plate in label["plates"]] for label in labels}
    for plate in listed(wanted):
        running.post("/lists/white/entries", {"plate": plate})
    for name in wanted:
        source = {"kind": "file", "path": str(clips / name)}
        running.post("/cameras", {"name": name, "source": source, "settings": {"rate": 6, "sensor_id": name}})
    return wanted


def listed(wanted: dict[str, list[str]]) -> list[str]:
    return [wanted[name][-1] for name in LISTED]


def seen(events: list[dict[str, Any]], camera: str) -> list[str]:
    return sorted(event["plate"] for event in events if event["camera_name"] == camera)


@pytest.fixture(scope="module")
def wanted(running: RunningSite, told: Receivers, clips: Path) -> dict[str, list[str]]:
    expected = play(running, clips)

    def finished() -> bool:
        cameras = {c["name"]: c["status"]["state"] for c in running.get("/cameras")["cameras"]}
        return all(cameras[name] == "finished" for name in expected)

    wait_for(finished, 600, "not every clip was played to its end")

    def settled() -> bool:
        mine = [event for event in running.events() if event["camera_name"] in expected]
        return len(mine) >= len(expected) and all(event["state"] == "lost" for event in mine)

    wait_for(settled, 60, "not every vehicle has left")
    return expected


def test_fifteen_of_sixteen_clips_give_exactly_their_plates(running: RunningSite, wanted: dict[str, list[str]]) -> None:
    events = running.events()
    wrong = {name: seen(events, name) for name in wanted if seen(events, name) != sorted(wanted[name])}
    assert len(wrong) <= 1, wrong


def test_the_receiver_got_every_event_once_with_a_picture(
    running: RunningSite, told: Receivers, wanted: dict[str, list[str]]
) -> None:
    events = [event for event in running.events() if event["camera_name"] in wanted]
    wait_for(lambda: len(told.documents(wanted)) >= len(events), 60, "the receiver lacks events")
    got = told.documents(wanted)
    assert Counter(d.plate for d in got) == Counter(event["plate"] for event in events)
    for document in got:
        picture = cv2.imdecode(np.frombuffer(document.picture, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert min(picture.shape[:2]) > 10


def test_the_nvr_got_the_exact_bytes_of_the_listed_plates(told: Receivers, wanted: dict[str, list[str]]) -> None:
    expected = [f"<LPR>\r\n{plate}\r\n</LPR>\r\n".encode() for plate in listed(wanted)]
    size = sum(map(len, expected))
    wait_for(lambda: len(told.nvr_bytes()) >= size, 60, "the NVR lacks plates")
    assert all(message in told.nvr_bytes() for message in expected)
    assert len(told.nvr_bytes()) == size


def test_every_picture_of_an_event_can_be_fetched(running: RunningSite, wanted: dict[str, list[str]]) -> None:
    for event in running.events():
        if event["camera_name"] in wanted:
            for url in (event["frame_url"], event["crop_url"]):
                answer = running.api.get(url)
                assert answer.headers["content-type"] == "image/jpeg"
                assert answer.content.startswith(b"\xff\xd8")
