"""Files to be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.api.transfer.rows import Reading, Wish, read

Read = Callable[..., Reading]


@pytest.fixture
def reading(tmp_path: Path) -> Read:
    """Reads bytes as an uploaded file: (content, name="upload", **wish)."""

    def made(content: bytes, name: str = "upload", **wish: object) -> Reading:
        file = tmp_path / "file"
        file.write_bytes(content)
        return read(file, name, Wish.model_validate(wish), ZoneInfo("UTC"))

    return made
