"""The site that `benchmarks.delivery` times: real servers, a reactor, workers, and peers that are well or are not."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
from sqlalchemy import text

from shared import streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Camera, Destination, ReactionRule
from shared.geometry import Box
from shared.media import MediaStore
from shared.secrets import Vault
from shared.testing import Site, a_read, frame_reads
from tests.simulators.json_receiver import Answer, JsonReceiver
from tests.simulators.nvr_text import NvrText

PLATE = re.compile(rb"[A-Z]{2}[0-9]{4}[A-Z]{2}")
LETTERS = "ABCEHIKMOPTX"
SIGHTINGS, SIGHTING_EVERY = 5, 0.2
SLOW_SECONDS = 10.0


@dataclass
class Peer:
    """One destination and when which plate came to it, by this machine's clock."""

    name: str
    kind: str
    settings: dict[str, Any]
    healthy: bool = True
    arrivals: list[tuple[str, float]] = field(default_factory=list)
    destination_id: UUID | None = None


@contextmanager
def peers() -> Iterator[list[Peer]]:
    """Three that answer at once, one that takes ten seconds, one that takes the connection and says nothing."""
    with ExitStack() as stack:
        first, second = stack.enter_context(JsonReceiver()), stack.enter_context(JsonReceiver())
        slow = stack.enter_context(JsonReceiver(otherwise=Answer(delay=SLOW_SECONDS)))
        recorder = stack.enter_context(NvrText())
        hole = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))
        nowhere = f"http://127.0.0.1:{hole.getsockname()[1]}/"
        found = [
            Peer("json_http", "json_http", {"url": first.url}),
            Peer("webhook", "webhook", {"url": second.url}),
            Peer("nvr_text", "nvr_text", {"host": "127.0.0.1", "port": recorder.port}),
            Peer(f"answers in {SLOW_SECONDS:g} s", "json_http", {"url": slow.url}, healthy=False),
            Peer("black hole", "webhook", {"url": nowhere}, healthy=False),
        ]
        for peer, simulator in zip(found, (first, second, recorder, slow), strict=False):
            threading.Thread(target=_watch, args=(peer, simulator), daemon=True).start()
        yield found


def _watch(peer: Peer, simulator: JsonReceiver | NvrText) -> None:
    """Notes each arrival at once, and lets go of its bytes."""
    while True:
        with simulator.changed:
            simulator.changed.wait()
            at = time.time()
            if isinstance(simulator, JsonReceiver):
                came, simulator.requests = [request.body for request in simulator.requests], []
            else:
                came, simulator.receipts = [receipt.raw for receipt in simulator.receipts], []
        for raw in came:
            if found := PLATE.search(raw):
                peer.arrivals.append((found[0].decode(), at))


def furnish(site: Site, wanted: list[Peer], cameras: int) -> list[UUID]:
    """Cameras, the destinations, and for each a rule that every vehicle fires."""
    vault = Vault(site.settings.secret_key.get_secret_value())
    with transaction(site.engine) as session:
        rows = [Camera(name=f"Gate {number}", kind="rtsp", source=b"", settings={}) for number in range(cameras)]
        session.add_all(rows)
        for peer in wanted:
            row = Destination(name=peer.name, kind=peer.kind, settings=vault.seal(peer.settings))
            session.add(row)
            session.flush()
            peer.destination_id = row.id
            session.add(ReactionRule(name=peer.name, rule="on_list", settings={}, destination_id=row.id))
        session.flush()
        return [row.id for row in rows]


@contextmanager
def services(site: Site, kinds: set[str], folder: Path) -> Iterator[None]:
    """The reactor and one worker for each kind, in processes of their own as on any site."""
    settings = site.settings
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_EVENTS_URL": settings.redis_events_url,
        "REDIS_FRAMES_URL": settings.redis_frames_url,
        "PLATEWIRE_DATA_DIR": str(settings.data_dir),
        "PLATEWIRE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PLATEWIRE_RUN_DIR": str(folder),
        "PLATEWIRE_ALLOW_LOOPBACK": "1",
    }
    commands = [["services.reactor"], *(["services.integrations", kind] for kind in sorted(kinds))]
    with (folder / "services.log").open("wb") as log:
        started = [
            subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=log, stderr=log)
            for command in commands
        ]
        try:
            yield
            if any(process.poll() is not None for process in started):
                sys.exit(f"A service ended: {(folder / 'services.log').read_text()[-2000:]}")
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(30)


@dataclass
class Traffic:
    """Vehicles one after the other at each camera, each seen five times within a second, with pictures."""

    site: Site
    cameras: list[UUID]
    rate: float
    published: dict[str, float] = field(default_factory=dict)
    """When the last sighting of a plate was published."""

    def run(self, seconds: float, first: int = 0) -> None:
        media = MediaStore(self.site.settings.media_dir)
        frame, crop = _picture(1920, 1080), _picture(240, 60)
        steps, began = round(seconds * self.rate), time.monotonic()
        waiting: list[tuple[float, int, int]] = []
        for number in range(steps):
            enters = began + number / self.rate
            waiting += [(enters + look * SIGHTING_EVERY, first + number, look) for look in range(SIGHTINGS)]
        for due, number, look in sorted(waiting):
            time.sleep(max(0.0, due - time.monotonic()))
            keys = {}
            if look == 0:
                keys = {
                    "frame": media.put(frame, f"frame-{number}", now()),
                    "crop": media.put(crop, f"c-{number}", now()),
                }
            self._publish(number, look, keys)

    def _publish(self, number: int, look: int, keys: dict[str, str]) -> None:
        camera = self.cameras[number % len(self.cameras)]
        plate = plate_of(number)
        read = a_read(plate, box=Box(x=300 + 20 * look, y=400, width=240, height=60), sharpness=100.0 - look)
        read = read.model_copy(update={"crop_key": keys.get("crop", "")})
        at = now()
        frame = frame_reads(camera, read).model_copy(
            update={
                "frame_id": f"{camera.hex[:8]}-{number}-{look}",
                "captured_at": at,
                "index": number * SIGHTINGS + look,
                "frame_key": keys.get("frame", ""),
            }
        )
        self.published[plate] = time.time()
        streams.publish(self.site.events, streams.reads(streams.shard_of(camera)), frame.model_dump_json())


def plate_of(number: int) -> str:
    """Neighbours in time differ in most characters, so that none is taken for another."""
    mixed = number * 7919 % 1_000_000
    ends = [LETTERS[mixed // 12**place % 12] for place in range(4)]
    return f"{ends[0]}{ends[1]}{mixed % 10_000:04}{ends[2]}{ends[3]}"


def stored_at(site: Site, destination_id: UUID) -> dict[str, float]:
    """When the transaction began that wrote each plate's delivery."""
    wanted = text("SELECT event->>'plate', extract(epoch FROM created_at) FROM deliveries WHERE destination_id = :id")
    with transaction(site.engine) as session:
        return {plate: float(at) for plate, at in session.execute(wanted, {"id": destination_id})}


def _picture(width: int, height: int) -> bytes:
    shades = np.random.default_rng(7).normal(128, 12, (height, width, 3)).clip(0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", cv2.GaussianBlur(shades, (5, 5), 0))[1].tobytes())
