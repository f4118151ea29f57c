from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from uuid import UUID

import cv2
import numpy as np
import pytest

from shared import streams
from shared.cameras import CameraSettings, DemoSource, MjpegSource, RtspSource, SnapshotSource
from shared.messages import Origin
from shared.status import CameraState, service_statuses

if TYPE_CHECKING:
    from tests.integration.capture.conftest import Capture

USER, PASSWORD = "gate", "pa:ss@w0rd"
IN_URL = "gate:pa%3Ass%40w0rd"


def make_jpeg(width: int = 160) -> bytes:
    done, data = cv2.imencode(".jpg", np.full((120, width, 3), 90, np.uint8))
    assert done
    return data.tobytes()


class HttpCamera(ThreadingHTTPServer):
    """A camera with a picture under /snap and a stream under /mjpeg that asks for Basic or Digest."""

    daemon_threads = True

    def __init__(self, scheme: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scheme = scheme
        self.sent: list[bytes] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """A client that goes away is nothing to tell."""

    def url(self, path: str, credentials: str = IN_URL) -> str:
        return f"http://{credentials}@127.0.0.1:{self.server_port}/{path}"

    def welcome(self, method: str, header: str) -> bool:
        if self.scheme == "basic":
            return header == "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', header))
        inner = _md5(f"{USER}:cam:{PASSWORD}"), _md5(f"{method}:{said.get('uri')}")
        middle = f"{said.get('nonce')}:{said.get('nc')}:{said.get('cnonce')}:{said.get('qop')}"
        return said.get("response") == _md5(f"{inner[0]}:{middle}:{inner[1]}")


class _Handler(BaseHTTPRequestHandler):
    server: HttpCamera

    def do_GET(self) -> None:
        if not self.server.welcome("GET", self.headers.get("Authorization", "")):
            challenge = {"basic": 'Basic realm="cam"', "digest": 'Digest realm="cam", nonce="n1", qop="auth"'}
            self.send_response(401)
            self.send_header("WWW-Authenticate", challenge[self.server.scheme])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/snap":
            self._reply("image/jpeg", make_jpeg())
        else:
            self._stream()

    def _reply(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=cut")
        self.end_headers()
        for number in range(100):
            # It changes its resolution and sends damaged pictures now and then, as real cameras do.
            jpeg = make_jpeg(160 if number < 6 else 320)
            body = jpeg[:-9] if number % 5 == 4 else jpeg
            self.wfile.write(b"--cut\r\nContent-Length: %d\r\n\r\n" % len(body) + body + b"\r\n")
            time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Tests read the service's log, not this one."""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture(params=["basic", "digest"])
def camera_server(request: pytest.FixtureRequest) -> Iterator[HttpCamera]:
    server = HttpCamera(request.param)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """The port of a server that accepts and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_http_cameras_are_read_whichever_sign_in_they_ask_for(capture: Capture, camera_server: HttpCamera) -> None:
    settings = CameraSettings(rate=20, motion=False)
    stream = capture.add("stream", MjpegSource(url=camera_server.url("mjpeg")), settings)
    still = capture.add("still", SnapshotSource(url=camera_server.url("snap")), settings)
    capture.start()
    frames = capture.take_until(stream, lambda taken: {frame.width for frame in taken} == {160, 320})
    assert {capture.blobs[frame.frame_id] for frame in frames} <= {make_jpeg(160), make_jpeg(320)}
    assert {frame.origin for frame in frames} == {Origin.LIVE}
    assert len({frame.frame_id for frame in frames}) == len(frames)
    capture.wait_for(lambda: "damaged" in capture.status(stream).message)
    stills = capture.take_until(still, lambda taken: len(taken) >= 5)
    assert {capture.blobs[frame.frame_id] for frame in stills} == {make_jpeg()}
    capture.wait_for(lambda: capture.status(still).state is CameraState.RUNNING)
    assert (capture.status(still).width, capture.status(still).height) == (160, 120)


def told(capture: Capture, camera: UUID, words: str) -> bool:
    return words in capture.status(camera).message


def test_a_wrong_password_is_told_and_never_shown(capture: Capture, camera_server: HttpCamera) -> None:
    wrong = "gate:s3cret-guess"
    sources: list[SnapshotSource | MjpegSource] = [
        SnapshotSource(url=camera_server.url("snap", wrong)),
        MjpegSource(url=camera_server.url("mjpeg", wrong)),
    ]
    cameras = [capture.add(source.kind, source) for source in sources]
    capture.start()
    for camera in cameras:
        capture.wait_for(partial(told, capture, camera, "refuses the user name or the password"))
        assert capture.status(camera).state is CameraState.WAITING
    said = capture.logged() + "".join(capture.status(camera).model_dump_json() for camera in cameras)
    said += "".join(capture.command_lines())
    assert "refuses the user name or the password" in said
    assert "s3cret-guess" not in said


def test_the_wrong_path_is_told(capture: Capture, silent_port: int) -> None:
    server = HttpCamera("basic")
    camera = capture.add("no stream", MjpegSource(url=server.url("snap")))
    closed = capture.add("closed", RtspSource(url="rtsp://gate:s3cret-guess@127.0.0.1:9/stream"))
    capture.start()
    capture.wait_for(lambda: "use the kind snapshot" in capture.status(camera).message)
    capture.wait_for(lambda: "connection was refused" in capture.status(closed).message)
    assert "s3cret-guess" not in capture.logged()
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_camera_that_hangs_says_so_and_disturbs_no_other(capture: Capture, silent_port: int) -> None:
    hanging = [
        capture.add("rtsp", RtspSource(url=f"rtsp://gate:s3cret-guess@127.0.0.1:{silent_port}/stream")),
        capture.add("http", MjpegSource(url=f"http://gate:s3cret-guess@127.0.0.1:{silent_port}/stream")),
    ]
    good = capture.add("good", DemoSource(), CameraSettings(rate=5, motion=False))
    capture.start()
    capture.take_until(good, bool)
    capture.wait_for(lambda: "did not answer within 8 seconds" in capture.status(hanging[0]).message)
    capture.wait_for(lambda: "sent nothing for 10 seconds" in capture.status(hanging[1]).message)
    assert "s3cret-guess" not in capture.logged()
    status = capture.status(good)
    assert status.state is CameraState.RUNNING
    assert status.frames > streams.LIVE_FRAMES
    assert capture.waiting(good) == streams.LIVE_FRAMES


def test_a_still_scene_is_counted_and_not_sent(capture: Capture) -> None:
    server = HttpCamera("basic")
    camera = capture.add("still", SnapshotSource(url=server.url("snap")), CameraSettings(rate=10, motion=True))
    capture.start()
    capture.wait_for(lambda: capture.status(camera).still > 5)
    assert capture.status(camera).frames >= 1
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_cameras_are_added_changed_paused_and_removed_while_capture_runs(capture: Capture) -> None:
    capture.start()
    camera = capture.add("gate", DemoSource(seed=1), CameraSettings(rate=5, motion=False))
    first = capture.take_until(camera, bool)
    capture.wait_for(lambda: bool(capture.site.frames.sismember(streams.FRAME_CAMERAS, str(camera))))

    capture.change(camera, source=DemoSource(seed=2))
    run = first[0].frame_id.split("-")[1]
    capture.take_until(camera, lambda taken: any(frame.frame_id.split("-")[1] != run for frame in taken))
    assert len(capture.camera_pids()) == 1

    capture.change(camera, enabled=False)
    capture.wait_for(lambda: capture.status(camera).state is CameraState.PAUSED)
    assert capture.camera_pids() == []

    capture.change(camera, enabled=True)
    capture.wait_for(lambda: capture.status(camera).state is CameraState.RUNNING)

    capture.remove(camera)
    capture.wait_for(lambda: not capture.site.frames.sismember(streams.FRAME_CAMERAS, str(camera)))
    assert not capture.site.frames.exists(streams.frames(camera))
    assert capture.status(camera).state is CameraState.SILENT
    assert capture.camera_pids() == []
    assert {status.service for status in service_statuses(capture.site.events)} == {"capture"}
    assert (capture.folder / "platewire-capture.alive").exists()
    assert capture.stop() == 0


def test_a_camera_whose_stored_settings_are_unusable_says_so(capture: Capture) -> None:
    camera = capture.add("gate", DemoSource())
    capture.spoil(camera)
    capture.start()
    capture.wait_for(lambda: "PLATEWIRE_SECRET_KEY" in capture.status(camera).message)
