"""Pictures on disk, named by frame and content hash; messages carry keys, never pixels."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path

from shared.errors import Missing
from shared.files import write_durably

_KEY = re.compile(r"\d{4}/\d{2}/\d{2}/[\w-]{1,120}\.(jpg|png)")


class MediaStore:
    """Files under `root/YYYY/MM/DD/`, so that retention can drop whole days.

    A key holds the frame as well as the hash: the same bytes seen by two cameras are two files, and taking one away
    never hurts the other.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes, stem: str, taken_at: datetime, suffix: str = "jpg") -> str:
        """Writes the bytes durably (temporary file, fsync, rename) and returns their key. Repeating it is harmless."""
        digest = hashlib.sha256(data).hexdigest()[:16]
        key = f"{taken_at:%Y/%m/%d}/{stem}-{digest}.{suffix}"
        path = self.path(key)
        if path.exists():
            return key
        write_durably(path, data)
        return key

    def get(self, key: str) -> bytes:
        """Raises Missing when there is no such picture (any more)."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            raise Missing("picture", key) from None

    def discard(self, key: str) -> None:
        """Takes a picture away; absent is fine."""
        self.path(key).unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Where a key's file is. Raises Missing for anything that is not a key, so that no path can leave the root."""
        if not _KEY.fullmatch(key):
            raise Missing("picture", key)
        return self.root / key
