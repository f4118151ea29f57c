"""The compiled pages as `make pages` leaves them: read once, each also compressed."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.errors import PlatewireError

FOLDER = Path(__file__).parent / "built"
TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}
ENTRY = "index.html"
# These keep their names over versions, so they are asked for anew each time; all others carry a hash of what they hold.
UNHASHED = {ENTRY, "theme.js", "favicon.svg"}


class NotBuilt(PlatewireError):
    """The pages were never compiled, as in a clone that nobody ran `make` in."""


@dataclass(frozen=True)
class BuiltFile:
    """One file of the pages."""

    media_type: str
    content: bytes
    gzipped: bytes
    cache: str


@cache
def built_files() -> dict[str, BuiltFile]:
    """All files by name.

    Raises:
        NotBuilt: the folder is not there; the sentence says what to type.
    """
    if not (FOLDER / ENTRY).is_file():
        raise NotBuilt("The pages are not compiled yet: type `make pages` and start the API anew")
    return {path.name: _read(path) for path in FOLDER.iterdir() if path.suffix in TYPES}


def _read(path: Path) -> BuiltFile:
    content = path.read_bytes()
    keep = "no-cache" if path.name in UNHASHED else "public, max-age=31536000, immutable"
    # Without the time of day the same file is the same bytes in both processes of the API.
    return BuiltFile(TYPES[path.suffix], content, gzip.compress(content, mtime=0), keep)
