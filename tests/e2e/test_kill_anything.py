"""kill -9 of every service while a film plays: each vehicle still becomes one event and one delivery."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import av
import pytest

from services.capture.demo.scene import Scene
from tests.e2e.receivers import Receivers
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
FPS, BEGIN, END = 5, 4.0, 40.0


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the drawn road as a video file."""
    file, scene = tmp_path_factory.mktemp("film") / "road.mp4", Scene()
    with av.open(str(file), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.bit_rate = 1280, 720, 8_000_000
        stream.time_base = Fraction(1, FPS)
        for number in range(round((END - BEGIN) * FPS)):
            picture = av.VideoFrame.from_ndarray(scene.frame(BEGIN + number / FPS), format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return file


def test_nothing_is_lost_and_nothing_doubled(running: RunningSite, told: Receivers, film: Path) -> None:
    expected = sorted(p.plate for p in Scene().truth() if p.enters >= BEGIN and p.leaves <= END)
    source = {"kind": "file", "path": str(film)}
    running.post("/cameras", {"name": "killed", "source": source, "settings": {"rate": FPS, "sensor_id": "killed"}})
    for service in ("capture", "recognizer", "reactor", "integrations", "api") * 2:
        time.sleep(3)
        running.kill(service)
    wait_for(lambda: running.state_of("killed") == "finished", 400, "the film was not played to its end")

    def gone() -> bool:
        events = running.events_of("killed")
        return len(events) >= len(expected) and all(event["state"] == "lost" for event in events)

    wait_for(gone, 90, "events lack, or vehicles have not left")
    assert sorted(str(event["plate"]) for event in running.events_of("killed")) == expected
    wait_for(lambda: told.distinct({"killed"}) >= len(expected), 60, "the receiver lacks vehicles")
    assert told.distinct({"killed"}) == len(expected)
