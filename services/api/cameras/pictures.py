"""Puts a posted picture into its camera's folder, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path
from uuid import uuid4

_SUFFIXES = ((b"\xff\xd8", "jpg"), (b"\x89PNG", "png"), (b"RIFF", "webp"), (b"BM", "bmp"))


def save(folder: Path, data: bytes, moment: datetime) -> str:
    """Writes the bytes durably (temporary file, fsync, rename) and returns the name; names sort by time."""
    suffix = next((name for magic, name in _SUFFIXES if data.startswith(magic)), "jpg")
    name = f"{moment:%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}.{suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return name
