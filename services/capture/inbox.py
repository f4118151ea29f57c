"""Pictures that arrive in a folder in any order: each is sent once, after it was written completely."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from watchfiles import watch

from services.capture.pictures import SUFFIXES, load
from services.capture.sources.contracts import Opening, Picture, Pictures
from shared.errors import BadPicture, SourceError

logger = logging.getLogger(__name__)

SETTLED_SECONDS = 0.5
"""A file that did not change for so long is complete."""
BROKEN_SECONDS = 10.0
"""A picture that is broken for so long stays broken; until then it may still be on its way."""
RESCAN_SECONDS = 2.0
"""Network folders tell nobody what arrives in them, so they are looked through."""


@dataclass(frozen=True)
class Arrived:
    """A picture file as it was found; another content under the same name is another arrival."""

    path: Path
    modified_ns: int
    size: int

    @property
    def key(self) -> str:
        identity = f"{self.path}:{self.modified_ns}:{self.size}"
        return hashlib.sha256(identity.encode(errors="surrogateescape")).hexdigest()[:20]


def pictures_in(folder: Path) -> list[Arrived]:
    """The folder's own picture files, oldest first; hidden files are still being written.

    Raises:
        SourceError: the folder cannot be read.
    """
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = folder / entry.name
                if path.suffix.lower() in SUFFIXES and not entry.name.startswith(".") and entry.is_file():
                    facts = entry.stat()
                    found.append(Arrived(path, facts.st_mtime_ns, facts.st_size))
    except FileNotFoundError:
        raise SourceError(f"There is no folder {folder}, or it changes while it is read") from None
    except OSError as error:
        raise SourceError(f"The folder {folder} cannot be read: {error.strerror}") from None
    return sorted(found, key=lambda arrived: (arrived.modified_ns, arrived.path.name))


def picture_of(arrived: Arrived, index: int) -> Picture:
    """Reads the file. Each picture `ends`, because the next one may show anything.

    Raises:
        BadPicture: it cannot be decoded, or it is gone.
    """
    try:
        data = arrived.path.read_bytes()
    except OSError as error:
        raise BadPicture(f"The file cannot be read: {error.strerror}") from None
    still = load(data)
    at = datetime.fromtimestamp(arrived.modified_ns / 1e9, UTC)
    return Picture(at, index, still.width, still.height, jpeg=still.jpeg, ends=True)


class Inbox:
    """Watches one folder."""

    def __init__(
        self, folder: Path, opening: Opening, handled: Container[str], finish: Callable[[Arrived], None]
    ) -> None:
        """`handled` holds the keys of pictures that are done; `finish` makes one of them done."""
        self._folder, self._opening = folder, opening
        self._handled, self._finish = handled, finish
        self._since: dict[Arrived, float] = {}
        self._sent: set[Arrived] = set()

    def pictures(self) -> Pictures:
        """Yields each picture once, for ever, until the camera stops."""
        index = self._opening.position
        for arrived in self._settled():
            picture = self._read(arrived, index) if arrived else None
            if picture:
                yield picture
                index += 1

    def _read(self, arrived: Arrived, index: int) -> Picture | None:
        try:
            picture = picture_of(arrived, index)
        except BadPicture as error:
            if time.monotonic() - self._since[arrived] > BROKEN_SECONDS:
                self._give_up(arrived, str(error))
            return None
        self._sent.add(arrived)
        self._opening.notes.arrived()
        return replace(picture, key=arrived.key, when_done=partial(self._done, arrived))

    def _give_up(self, arrived: Arrived, reason: str) -> None:
        logger.warning("skips a file that is no picture", extra={"file": arrived.path.name, "reason": reason})
        self._opening.notes.damaged()
        self._sent.add(arrived)
        self._done(arrived)

    def _done(self, arrived: Arrived) -> None:
        try:
            self._finish(arrived)
        except OSError as error:
            extra = {"file": arrived.path.name, "reason": error.strerror}
            logger.error("cannot note that a picture was handled, a restart sends it again", extra=extra)

    def _settled(self) -> Iterator[Arrived | None]:
        """Complete files that were not sent yet; None whenever there was nothing new for a moment."""
        changes = watch(
            self._folder, rust_timeout=500, yield_on_timeout=True, debounce=200, step=50, recursive=False, debug=False
        )
        scanned = float("-inf")
        self._opening.notes.ready()
        while not self._opening.wait(0):
            if self._since or time.monotonic() - scanned > RESCAN_SECONDS:
                scanned = time.monotonic()
                yield from self._scan()
            yield None
            if _next(changes):
                scanned = float("-inf")

    def _scan(self) -> list[Arrived]:
        present = pictures_in(self._folder)
        self._sent &= set(present)
        fresh = [one for one in present if one not in self._sent and one.key not in self._handled]
        seen = time.monotonic()
        self._since = {one: self._since.get(one, seen) for one in fresh}
        return [one for one in fresh if one.size and seen - self._since[one] >= SETTLED_SECONDS]


def _next(changes: Iterator[object]) -> bool:
    """Waits half a second for a change in the folder."""
    try:
        return bool(next(changes, None))
    except (OSError, RuntimeError):
        raise SourceError("The folder can no longer be watched") from None
