"""Two whole sites, one the Meta server of the other: events go up once and in order, lists come down, lines are cut."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from tests.e2e.running_site import RunningSite, running_site
from tests.e2e.site_client import wait_for
from tests.simulators.cutting_proxy import CuttingProxy

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CAMERA, THERE = "Gate", "North / Gate"


def picture(number: int) -> bytes:
    """A frame that no other event has."""
    pixels = np.random.default_rng(number).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


@dataclass
class Pair:
    """Both sites with the line between them, and what passed at the one that sends."""

    head: RunningSite
    north: RunningSite
    line: CuttingProxy
    member: str
    destination: str
    passed: list[str] = field(default_factory=list)

    def pass_by(self, count: int) -> None:
        """Vehicles at the sending site, as a camera that reads plates itself pushes them."""
        for _ in range(count):
            number = len(self.passed)
            plate = f"NV{number:04d}E"
            self._push(plate, number)
            self.passed.append(plate)

    def _push(self, plate: str, number: int) -> None:
        at = datetime.now(UTC) + timedelta(milliseconds=number)
        document = {
            "plateASCII": plate,
            "plateUnicode": plate,
            "plateConfidence": "0.9",
            "carState": "new",
            "carID": str(number + 1),
            "datetimezone": f"{at:%Y%m%d %H%M%S}{at.microsecond // 1000:03d}+0000",
            "imageType": "frame",
            "plateCoordinates": [40, 60, 120, 30],
            "sensorProviderID": "N-1",
        }
        event = ("event.json", json.dumps(document).encode(), "application/json")
        files = {"event": event, "image": ("image.jpg", picture(number), "image/jpeg")}
        self.north.api.post("/api/v1/ingest/json", files=files).raise_for_status()

    def arrived(self) -> list[dict[str, Any]]:
        """The site's events at its server, oldest first; none while that cannot say, as when it was just killed."""
        try:
            found = self.head.events_of(THERE)
        except httpx.HTTPError:
            return []
        return sorted(found, key=lambda event: str(event["captured_at"]))

    def all_arrive(self) -> None:
        wait_for(lambda: len(self.arrived()) >= len(self.passed), 60, "events lack at the server")
        found = wait_for(self.arrived, 20, "the server does not answer")
        assert [event["plate"] for event in found] == self.passed

    def at_server(self) -> Any:
        return self.head.get(f"/meta/sites/{self.member}")


@pytest.fixture(scope="module")
def north() -> Iterator[RunningSite]:
    with (
        tempfile.TemporaryDirectory(prefix="platewire-north-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setenv("PLATEWIRE_API_PROCESSES", "1")
        with running_site(Path(folder)) as started:
            yield started


@pytest.fixture(scope="module")
def pair(running: RunningSite, north: RunningSite) -> Iterator[Pair]:
    """A list of one name at both sites, granted; the site connected through a line that can be cut."""
    for site, note in ((running, "theirs"), (north, "ours")):
        site.post("/lists", {"name": "residents"})
        site.post("/lists/residents/entries", {"plate": "NV0001E", "note": note})
    member = running.post("/meta/sites", {"name": "North", "lists": ["residents"]})
    with CuttingProxy(running.api.base_url.port or 0) as line:
        north.post("/cameras", {"name": CAMERA, "source": {"kind": "push", "device": "N-1"}})
        settings = {"url": line.url, "connection_key": member["connection_key"]}
        made = {"name": "Head office", "kind": "numberok_meta", "settings": settings}
        destination = north.post("/destinations", made)
        north.post("/reactions", {"name": "All", "settings": {"list": "any"}, "destination_id": destination["id"]})
        yield Pair(running, north, line, member["id"], destination["id"])


def test_the_camera_appears_at_the_server(pair: Pair) -> None:
    wait_for(lambda: pair.at_server()["contact"] == "fine", 60, "the site does not report")
    (source,) = pair.at_server()["sources"]
    assert (source["name"], source["registered"], pair.at_server()["sentence"]) == (THERE, True, "")


def test_events_arrive_once_in_order_and_with_their_pictures(pair: Pair) -> None:
    pair.pass_by(4)
    pair.all_arrive()
    for number, event in enumerate(pair.arrived()):
        shown = pair.head.api.get(f"/api/v1/events/{event['event_id']}/frame.jpg")
        assert shown.content == picture(number)


def test_cut_lines_and_a_killed_server_lose_and_double_nothing(pair: Pair) -> None:
    pair.line.cut_once_after(20_000)
    pair.pass_by(2)
    wait_for(lambda: pair.line.cuts == 1, 20, "the line was never cut half-way")
    pair.line.cut()
    pair.pass_by(3)
    pair.line.mend()
    pair.head.kill("api")
    pair.pass_by(2)
    pair.all_arrive()


def test_lists_come_down_and_local_entries_stay(pair: Pair) -> None:
    theirs = "residents (Head office)"

    def notes(name: str) -> list[str]:
        listed = {one["name"]: one["managed_by"] for one in pair.north.get("/lists")["lists"]}
        entries = pair.north.get(f"/lists/{name}/entries")["entries"] if name in listed else []
        return [entry["note"] for entry in entries]

    wait_for(lambda: notes(theirs) == ["theirs"], 60, "the list does not come down")
    assert notes("residents") == ["ours"]
    listed = {one["name"]: one["managed_by"] for one in pair.north.get("/lists")["lists"]}
    assert (listed[theirs], listed["residents"]) == ("Head office", "")


def test_without_a_key_events_wait_and_both_ends_say_why(pair: Pair) -> None:
    pair.head.api.delete(f"/api/v1/meta/sites/{pair.member}/key").raise_for_status()
    pair.pass_by(2)
    address = f"/destinations/{pair.destination}"
    wait_for(lambda: "refuses the connection key" in pair.north.get(address)["last_error"], 30, "it is not said why")
    assert pair.at_server()["contact"] == "revoked"
    key = pair.head.post(f"/meta/sites/{pair.member}/key", {})["connection_key"]
    settings = pair.north.get(address)["settings"] | {"connection_key": key}
    pair.north.api.patch(f"/api/v1{address}", json={"settings": settings}).raise_for_status()
    pair.all_arrive()
