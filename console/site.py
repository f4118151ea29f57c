"""Finds the site that a command works on: the environment's servers, or those in the data folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from shared.db.session import connect
from shared.secrets import new_key
from shared.settings import Settings

DataDir = Annotated[
    Path, typer.Option("--data-dir", help="Folder that holds the database, the pictures and the secret key.")
]
DATA = Path("data")


@contextmanager
def database(data_dir: Path) -> Iterator[Engine]:
    """The site's database: DATABASE_URL when that is set, else the one in the data folder, running or not."""
    if url := os.environ.get("DATABASE_URL"):
        engine = connect(_settings(url).sqlalchemy_url)
        yield engine
        engine.dispose()
        return
    # The embedded servers are an extra that the container images lack.
    from shared.servers import DATABASE, start_postgres  # noqa: PLC0415

    server = start_postgres(servers_dir(data_dir))
    engine = connect(_settings(server.get_uri(database=DATABASE)).sqlalchemy_url)
    try:
        yield engine
    finally:
        engine.dispose()
        server.cleanup()


def servers_dir(data_dir: Path) -> Path:
    return data_dir / "servers"


def media_dir(data_dir: Path) -> Path:
    """Where the site's pictures are: of the environment's data folder, in containers, or of the one that is named."""
    return Path(os.environ.get("PLATEWIRE_DATA_DIR") or data_dir) / "media"


def secret_key(data_dir: Path) -> str:
    """PLATEWIRE_SECRET_KEY, or the key in the data folder, made at the first start and readable by its owner only."""
    if key := os.environ.get("PLATEWIRE_SECRET_KEY"):
        return key
    file = data_dir / "secret.key"
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(new_key())
    return file.read_text().strip()


def _settings(url: str) -> Settings:
    unused = {"redis_events_url": "", "redis_frames_url": "", "secret_key": ""}
    return Settings.model_validate({"database_url": url, **unused})
