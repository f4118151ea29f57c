"""Where imports keep their files between upload, plan and confirmation: a folder beside the pictures."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

MOST_BYTES = 20 * 1024 * 1024
ABANDONED = 3600.0
"""Seconds after which a file that no import knows is one whose upload or list is gone."""


@dataclass(frozen=True)
class ImportFiles:
    """The files of all imports of a site."""

    folder: Path

    @classmethod
    def of(cls, data_dir: Path) -> ImportFiles:
        folder = data_dir / "imports"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def original(self, import_id: UUID) -> Path:
        """What was uploaded or fetched."""
        return self.folder / f"{import_id}.file"

    def entries(self, import_id: UUID) -> Path:
        """The entries that its plan read out of it."""
        return self.folder / f"{import_id}.entries"

    def discard(self, import_id: UUID) -> None:
        """Takes both away; absent is fine."""
        self.original(import_id).unlink(missing_ok=True)
        self.entries(import_id).unlink(missing_ok=True)

    def known(self) -> set[UUID]:
        """Imports of which there are files that are older than ABANDONED."""
        before = time.time() - ABANDONED
        old = (file for file in self.folder.iterdir() if file.stat().st_mtime < before)
        return {UUID(file.name.partition(".")[0]) for file in old}

    def discard_all_but(self, needed: Collection[UUID]) -> None:
        for import_id in self.known() - set(needed):
            self.discard(import_id)
