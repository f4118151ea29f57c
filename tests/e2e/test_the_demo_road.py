"""What a newcomer sees: the drawn road fills the events, and whoever asked hears of them."""

from __future__ import annotations

import pytest

from services.capture.demo.scene import Scene
from services.capture.demo.timetable import DEMO_COUNTRIES
from tests.e2e.receivers import Receivers
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_vehicles_of_the_drawn_road_become_events_and_deliveries(running: RunningSite, told: Receivers) -> None:
    settings = {"rate": 4, "sensor_id": "road", "countries": DEMO_COUNTRIES}
    camera = running.post("/cameras", {"name": "road", "source": {"kind": "demo"}, "settings": settings})
    truth = {passing.plate: passing for passing in Scene().truth()}

    def of_the_road() -> list[dict[str, object]]:
        return [event for event in running.events() if event["camera_name"] == "road" and event["state"] == "lost"]

    wait_for(lambda: len(of_the_road()) >= 5, 200, "five vehicles did not pass")
    running.api.patch(f"/api/v1/cameras/{camera['id']}", json={"enabled": False}).raise_for_status()
    events = of_the_road()
    right = [event for event in events if event["plate"] in truth]
    assert len(right) >= len(events) - 1, [event["plate"] for event in events]
    assert len({event["plate"] for event in right}) == len(right)
    for event in right:
        assert event["direction"] in (truth[str(event["plate"])].direction, "unknown")
        assert event["country"] in (truth[str(event["plate"])].country, "")
    wait_for(lambda: len(told.documents({"road"})) >= len(right), 30, "the receiver lacks vehicles of the road")


def test_a_paused_camera_says_so_and_goes_on_when_asked(running: RunningSite) -> None:
    added = running.post("/cameras", {"name": "pause", "source": {"kind": "demo"}, "settings": {"rate": 1}})
    path = f"/cameras/{added['id']}"
    wait_for(lambda: running.get(path)["status"]["state"] == "running", 60, "the camera does not start")
    running.api.patch(f"/api/v1{path}", json={"enabled": False}).raise_for_status()
    wait_for(lambda: running.get(path)["status"]["state"] == "paused", 30, "the camera does not pause")
    running.api.patch(f"/api/v1{path}", json={"enabled": True}).raise_for_status()
    wait_for(lambda: running.get(path)["status"]["state"] == "running", 30, "the camera does not go on")
    running.api.delete(f"/api/v1{path}").raise_for_status()
    assert running.api.get(f"/api/v1{path}").status_code == 404
