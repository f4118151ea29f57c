"""Where exports lie until they are fetched: a folder beside the pictures."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

ABANDONED = 3600.0
"""Seconds after which a half-written file is one whose writer died."""


@dataclass(frozen=True)
class ExportFiles:
    """The files of all exports of a site."""

    folder: Path

    @classmethod
    def of(cls, data_dir: Path) -> ExportFiles:
        folder = data_dir / "exports"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def whole(self, export_id: UUID) -> Path:
        return self.folder / f"{export_id}.file"

    def half(self, export_id: UUID) -> Path:
        """While it is written."""
        return self.folder / f"{export_id}.part"

    def discard(self, export_id: UUID) -> None:
        """Absent is fine."""
        self.whole(export_id).unlink(missing_ok=True)
        self.half(export_id).unlink(missing_ok=True)

    def discard_all_but(self, needed: Collection[UUID]) -> None:
        """Takes away files that no export knows, but for those that are just being written."""
        before = time.time() - ABANDONED
        for file in self.folder.iterdir():
            known = UUID(file.name.partition(".")[0]) in needed and file.suffix == ".file"
            if not known and (file.suffix == ".file" or file.stat().st_mtime < before):
                file.unlink(missing_ok=True)
