"""In containers as without: the same events, also with more recognizers and when every service is killed in turn."""

from __future__ import annotations

import json

import pytest

from tests.compose.conftest import CLIPS, ComposeSite
from tests.e2e.site_client import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(1800)]
KILLED = ("capture", "recognizer", "reactor", "integrations", "api", "valkey-frames", "valkey-events", "postgres")


def labels() -> dict[str, list[str]]:
    lines = (CLIPS / "labels.jsonl").read_text().splitlines()
    return {label["file"]: sorted(p["text"] for p in label["plates"]) for label in map(json.loads, lines)}


def play(site: ComposeSite, file: str, camera: str, **source: object) -> None:
    settings = {"rate": 6, "sensor_id": camera}
    site.post(
        "/cameras",
        {"name": camera, "source": {"kind": "file", "path": f"/files/{file}", **source}, "settings": settings},
    )


def assert_passed(site: ComposeSite, camera: str, plates: list[str]) -> None:
    """The camera saw exactly these vehicles, and the receiver heard of each once (a retry repeats its id)."""
    wait_for(lambda: site.state_of(camera) == "finished", 300, f"{camera} was not played to its end")
    wait_for(lambda: all(e["state"] == "lost" for e in site.events_of(camera)), 60, "vehicles have not left")
    wait_for(lambda: len(site.events_of(camera)) >= len(plates), 60, f"events of {camera} lack")
    assert sorted(event["plate"] for event in site.events_of(camera)) == plates

    def told() -> dict[str, str]:
        mine = [r for r in site.requests() if r["event"]["sensorProviderID"] == camera]
        return {request["headers"]["webhook-id"]: request["event"]["plateASCII"] for request in mine}

    wait_for(lambda: len(told()) >= len(plates), 120, f"the receiver lacks vehicles of {camera}")
    assert sorted(told().values()) == plates


def test_a_clip_gives_the_events_that_it_gives_without_containers(containers: ComposeSite) -> None:
    file = "clip11.avi"
    play(containers, file, "plain")
    assert_passed(containers, "plain", labels()[file])


def test_three_recognizers_share_the_frames(containers: ComposeSite) -> None:
    containers.up("--scale", "recognizer=3", "--no-recreate")
    for file in ("clip00.avi", "clip01.avi", "clip13.avi"):
        play(containers, file, f"scaled {file}")
    for file in ("clip00.avi", "clip01.avi", "clip13.avi"):
        assert_passed(containers, f"scaled {file}", labels()[file])


@pytest.mark.parametrize("service", KILLED)
def test_killing_a_service_loses_nothing(containers: ComposeSite, service: str) -> None:
    file = "clip05.avi"
    play(containers, file, f"kill {service}")
    wait_for(lambda: containers.state_of(f"kill {service}") in ("running", "finished"), 60, "the clip does not start")
    containers.compose("kill", "-s", "KILL", service)
    containers.up("--no-recreate", "--scale", "recognizer=3")
    assert_passed(containers, f"kill {service}", labels()[file])
