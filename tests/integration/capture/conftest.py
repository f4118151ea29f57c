"""A real capture service with its processes, and cameras for it: videos and HTTP servers made here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO
from uuid import UUID

import av
import numpy as np
import pytest

from shared import streams
from shared.cameras import CameraSettings, Source
from shared.db import tables
from shared.db.session import transaction
from shared.messages import Frame
from shared.secrets import Vault, new_key
from shared.status import CameraStatus, camera_status
from shared.testing import Site, entries

PATIENCE = 40.0
EVERY_FRAME = CameraSettings(rate=60, motion=False)


@dataclass
class Capture:
    """`python -m services.capture` on one site, and the hands of a recognizer."""

    site: Site
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = None
    blobs: dict[str, bytes] = field(default_factory=dict)

    def start(self) -> None:
        settings = self.site.settings
        environment = os.environ | {
            "DATABASE_URL": settings.database_url,
            "REDIS_EVENTS_URL": settings.redis_events_url,
            "REDIS_FRAMES_URL": settings.redis_frames_url,
            "PLATEWIRE_DATA_DIR": str(settings.data_dir),
            "PLATEWIRE_SECRET_KEY": settings.secret_key.get_secret_value(),
            "PLATEWIRE_RUN_DIR": str(self.folder),
        }
        self.log = self.log or (self.folder / "log").open("wb")
        command = [sys.executable, "-m", "services.capture"]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=subprocess.STDOUT)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def wait_for(self, what: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < until, f"it did not happen in time; the log says\n{self.logged()}"
            time.sleep(0.05)

    def make_video(self, frames: int = 60, fps: int = 12) -> Path:
        """An MJPEG AVI of 160x120; the grey of each frame is twice its number."""
        path = self.folder / "clip.avi"
        with av.open(str(path), "w") as container:
            video = container.add_stream("mjpeg", rate=fps)
            video.width, video.height, video.pix_fmt = 160, 120, "yuvj420p"
            for number in range(frames):
                image = np.full((120, 160, 3), number * 2, np.uint8)
                frame = av.VideoFrame.from_ndarray(image, format="bgr24")
                frame.pts, frame.time_base = number, Fraction(1, fps)
                container.mux(video.encode(frame))
            container.mux(video.encode())
        return path

    def logged(self) -> str:
        return (self.folder / "log").read_text()

    def add(self, name: str, source: Source, settings: CameraSettings = EVERY_FRAME) -> UUID:
        with transaction(self.site.engine) as session:
            row = tables.Camera(
                name=name,
                kind=source.model_dump()["kind"],
                source=self._sealed(source),
                settings=settings.model_dump(mode="json"),
            )
            session.add(row)
            session.flush()
            return row.id

    def change(self, camera_id: UUID, *, source: Source | None = None, enabled: bool = True) -> None:
        with transaction(self.site.engine) as session:
            row = session.get_one(tables.Camera, camera_id)
            row.enabled = enabled
            row.revision += 1
            if source:
                row.source = self._sealed(source)

    def remove(self, camera_id: UUID) -> None:
        with transaction(self.site.engine) as session:
            session.delete(session.get_one(tables.Camera, camera_id))

    def status(self, camera_id: UUID) -> CameraStatus:
        return camera_status(self.site.events, camera_id)

    def progress(self, camera_id: UUID) -> tables.CameraProgress | None:
        with transaction(self.site.engine) as session:
            return session.get(tables.CameraProgress, camera_id)

    def waiting(self, camera_id: UUID) -> int:
        return int(self.site.frames.xlen(streams.frames(camera_id)))

    def take(self, camera_id: UUID, count: int = 1000) -> list[Frame]:
        """What a recognizer would take now; it is deleted as after its reads were published."""
        stream, taken = streams.frames(camera_id), []
        for entry in entries(self.site.frames, stream, count):
            frame = Frame.model_validate_json(entry.data)
            self.blobs[frame.frame_id] = entry.blob
            taken.append(frame)
            self.site.frames.xdel(stream, entry.entry_id)
        return taken

    def take_until(self, camera_id: UUID, enough: Callable[[list[Frame]], bool]) -> list[Frame]:
        taken: list[Frame] = []

        def look() -> bool:
            taken.extend(self.take(camera_id))
            return enough(taken)

        self.wait_for(look)
        return taken

    def camera_pids(self) -> list[int]:
        """The processes of cameras: children of the fork server, which is a child of the service."""
        assert self.process
        return [pid for server in _children(self.process.pid) for pid in _children(server)]

    def command_lines(self) -> list[str]:
        """Of the service, its fork server and its cameras, as any user of the machine may read them."""
        assert self.process
        pids = [self.process.pid, *_children(self.process.pid), *self.camera_pids()]
        return [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in pids]

    def spoil(self, camera_id: UUID) -> None:
        """Seals the camera's source with a key that the service does not have."""
        with transaction(self.site.engine) as session:
            session.get_one(tables.Camera, camera_id).source = Vault(new_key()).seal({"kind": "demo"})

    def _sealed(self, source: Source) -> bytes:
        return Vault(self.site.settings.secret_key.get_secret_value()).seal(source.model_dump(mode="json"))


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.fixture
def capture(site: Site, tmp_path: Path) -> Iterator[Capture]:
    """Started by the test, when its first cameras are there."""
    made = Capture(site, tmp_path)
    yield made
    if made.process:
        made.stop()
    if made.log:
        made.log.close()
