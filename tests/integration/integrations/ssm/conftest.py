"""The event source as it runs in the engine: `keep` in a thread, `deliver` beside it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine

from services.integrations.ssm.deliver import check, deliver
from services.integrations.ssm.keep import keep
from services.integrations.ssm.settings import Settings
from shared.integration import Receipt, Standing
from simulators.sunapi_camera import SunapiCamera
from tests.simulators.sample_delivery import a_camera, a_delivery, some_pictures
from tests.simulators.ssm_client import SsmClient

USUAL = {"listen_address": "127.0.0.1", "password": "s3cret-pw", "pulse": 0.2, "patience": 10.0, "keepalive": 0.0}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class Source:
    """One running destination."""

    settings: Settings
    folder: Path
    destination: UUID = field(default_factory=uuid4)
    errors: list[Exception] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread = field(init=False)

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        deadline = time.monotonic() + 20
        while not self.errors:
            with socket.socket() as probe:
                if probe.connect_ex((self.settings.listen_address, self.settings.port)) == 0:
                    return
            assert time.monotonic() < deadline, "it never listens"
            time.sleep(0.01)

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(15)
        assert not self.thread.is_alive()

    def _run(self) -> None:
        standing = Standing(self.destination, "SSM", self.folder, create_engine("sqlite://"), self.stopping)
        try:
            keep(standing, self.settings)
        except Exception as error:
            self.errors.append(error)

    def tell(self, plate: str, camera: str = "Gate", **event: Any) -> Receipt:
        told = a_delivery(plate=plate, camera=a_camera(name=camera), **event)
        return deliver(told.model_copy(update={"destination_id": self.destination}), some_pictures(), self.settings)

    def check(self) -> str:
        return check(self.settings).answer

    def client(self, **changes: Any) -> SsmClient:
        return SsmClient(self.settings.port, **changes)


StartSource = Callable[..., Source]


@pytest.fixture
def start_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartSource]:
    # The package's attribute of that name is the function.
    monkeypatch.setattr(import_module("services.integrations.ssm.keep"), "BREATH", 0.05)
    running: list[Source] = []

    def start(**settings: Any) -> Source:
        source = Source(Settings.model_validate(USUAL | {"port": free_port()} | settings), tmp_path)
        running.append(source)
        source.start()
        return source

    yield start
    for source in running:
        source.stop()


@pytest.fixture
def camera() -> Iterator[SunapiCamera]:
    with SunapiCamera() as running:
        yield running


@pytest.fixture
def before_camera(start_source: StartSource, camera: SunapiCamera) -> Callable[..., Source]:
    """Starts a proxy in front of the simulated camera."""

    def start(**settings: Any) -> Source:
        proxy = {"mode": "proxy", "upstream_url": camera.url, "upstream_user": "root", "upstream_password": "camera-pw"}
        return start_source(**(proxy | settings))

    return start
