"""Real servers for tests, and small builders of messages; outside integration authors may use them too."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import redis
from sqlalchemy import Engine, text

from shared import streams
from shared.db import session
from shared.db.migrate import migrate
from shared.geometry import Box
from shared.messages import Character, FrameReads, Origin, Read
from shared.secrets import new_key
from shared.servers import EmbeddedServers, create_database
from shared.settings import Settings
from shared.streams import Entry

_numbers = itertools.count()
NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)


@dataclass
class Site:
    """A migrated database of its own, two emptied Valkeys and a data folder: all that a service needs."""

    settings: Settings
    engine: Engine
    events: redis.Redis
    frames: redis.Redis


class TestServers:
    """Embedded servers started once; each site clones a migrated template database."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.servers = EmbeddedServers.start(folder)
        self.folder = folder
        template = session.connect(self._settings("platewire", folder).sqlalchemy_url)
        migrate(template)
        template.dispose()

    def stop(self) -> None:
        self.servers.stop()

    @contextmanager
    def site(self) -> Iterator[Site]:
        """A fresh site; its database is dropped afterwards."""
        name = f"test_{next(_numbers)}"
        create_database(self.servers.postgres.get_uri(), name, template="platewire")
        settings = self._settings(name, self.folder / name)
        settings.data_dir.mkdir()
        engine = session.connect(settings.sqlalchemy_url)
        events, frames = streams.connect(settings.redis_events_url), streams.connect(settings.redis_frames_url)
        events.flushall()
        frames.flushall()
        try:
            yield Site(settings, engine, events, frames)
        finally:
            engine.dispose()
            events.close()
            frames.close()
            self._drop(name)

    def _drop(self, name: str) -> None:
        admin = session.connect(self._settings("postgres", self.folder).sqlalchemy_url)
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()

    def _settings(self, database: str, folder: Path) -> Settings:
        return Settings(
            database_url=self.servers.postgres.get_uri(database=database),
            redis_events_url=self.servers.redis_events_url,
            redis_frames_url=self.servers.redis_frames_url,
            data_dir=folder,
            secret_key=new_key(),
        )


def entries(client: redis.Redis, stream: str, count: int | None = None) -> list[Entry]:
    """What a stream holds, oldest first; of a dead letter `reason` is the blob."""
    rows: Any = client.xrange(stream, count=count)
    return [
        Entry(stream, row_id.decode(), values[b"json"], values.get(b"blob") or values.get(b"reason", b""))
        for row_id, values in rows
    ]


def a_read(text: str, *, confidence: float = 0.95, box: Box | None = None, sharpness: float = 100.0) -> Read:
    """A read whose characters are all equally sure."""
    return Read(
        text=text,
        raw=text,
        confidence=confidence,
        characters=tuple(Character(options=((letter, confidence),)) for letter in text),
        box=box or Box(x=100, y=200, width=120, height=30),
        sharpness=sharpness,
        crop_key="",
    )


def frame_reads(camera_id: UUID | None = None, *reads: Read, second: float = 0.0, ends: bool = False) -> FrameReads:
    """What was read in the frame `second` seconds after noon of a live camera with 10 frames a second."""
    camera = camera_id or uuid4()
    index = round(second * 10)
    return FrameReads(
        frame_id=f"{camera.hex[:8]}-{index}",
        camera_id=camera,
        captured_at=NOON + timedelta(seconds=second),
        origin=Origin.LIVE,
        index=index,
        width=640,
        height=480,
        ends=ends,
        reads=reads,
    )
