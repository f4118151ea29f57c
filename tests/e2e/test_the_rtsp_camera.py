"""A real RTSP server with H.264: a live camera that goes away for half a minute and comes back."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.e2e.running_site import RunningSite, free_port
from tests.e2e.site_client import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(400)]
TOOL = Path(__file__).parents[3] / "shared/tools/rtsp-camera"
GSTREAMER = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
PASSWORD = "p@ss-word-9"


@pytest.fixture(scope="module")
def film(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All clips one after the other, in H.264 as cameras send it."""
    file = tmp_path_factory.mktemp("film") / "clips.mp4"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"g": "12", "tune": "zerolatency", "preset": "fast"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 640, 480, "yuv420p", Fraction(1, 12)
        for number, picture in enumerate(_pictures(clips)):
            picture.pts, picture.time_base = number, Fraction(1, 12)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return file


def _pictures(clips: Path) -> Iterator[av.VideoFrame]:
    for clip in sorted(clips.glob("clip*.*")):
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                yield frame.reformat(640, 480, "yuv420p")


@contextmanager
def rtsp_server(film: Path, port: int) -> Iterator[None]:
    command = [str(TOOL), str(film), "--port", str(port), "--user", "gate", "--password", PASSWORD]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


@pytest.fixture(scope="module")
def tool() -> None:
    if not TOOL.exists():
        pytest.skip("the RTSP camera (../shared/tools/rtsp-camera) is not beside this checkout")
    if subprocess.run(["/usr/bin/python3", "-c", GSTREAMER], capture_output=True, check=False).returncode:
        pytest.skip("GStreamer's RTSP server is not installed (Debian: gir1.2-gst-rtsp-server-1.0)")


def test_a_live_camera_survives_half_a_minute_of_silence(
    running: RunningSite, film: Path, tool: None, clips: Path
) -> None:
    labels = (json.loads(line) for line in (clips / "labels.jsonl").read_text().splitlines())
    truth = {plate["text"] for label in labels for plate in label["plates"]}
    port = free_port()
    url = f"rtsp://gate:{PASSWORD}@127.0.0.1:{port}/gate"
    added = running.post("/cameras", {"name": "rtsp", "source": {"kind": "rtsp", "url": url}})
    assert PASSWORD not in json.dumps(running.get("/cameras"))
    with rtsp_server(film, port):
        wait_for(lambda: len(running.events_of("rtsp")) >= 4, 90, "no vehicles before the break")
    before = len(running.events_of("rtsp"))
    wait_for(lambda: running.state_of("rtsp") == "waiting", 40, "the camera does not say that it waits")
    status = running.get(f"/cameras/{added['id']}")["status"]
    assert status["message"]
    time.sleep(30)
    with rtsp_server(film, port):
        wait_for(lambda: len(running.events_of("rtsp")) >= before + 4, 120, "no vehicles after the break")
        running.api.delete(f"/api/v1/cameras/{added['id']}").raise_for_status()
    read = [event["plate"] for event in running.events_of("rtsp")]
    assert sum(plate in truth for plate in read) >= 0.8 * len(read), read
    assert PASSWORD not in running.log()
