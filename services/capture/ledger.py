"""Remembers which pictures of a watched folder were handled, because they stay where they are."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from shared.errors import SourceError


def ledger_path(data_dir: Path, camera_id: UUID) -> Path:
    return data_dir / "capture" / f"{camera_id}.seen"


class Ledger:
    """A file with one key a line. It outlives changes of the camera: what was sent is never sent again."""

    def __init__(self, path: Path, present: Collection[str]) -> None:
        """Forgets the keys that are not `present` any more, so that it never outgrows the folder."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            old = path.read_text().split() if path.exists() else []
            kept = [key for key in old if key in present]
            fresh = path.with_suffix(".part")
            fresh.write_text("".join(f"{key}\n" for key in kept))
            os.replace(fresh, path)
            self._file = path.open("a")
        except OSError as error:
            raise SourceError(f"Capture cannot write into its data folder: {error.strerror}") from None
        self._keys = set(kept)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def add(self, key: str) -> None:
        self._keys.add(key)
        self._file.write(f"{key}\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()
