"""A prepared card: writes events atomically, makes room by taking the oldest away, and never writes beside the card.

A folder is a card only when it holds our mark. So an empty mount point (the card was pulled) is not filled up, and a
card that was swapped is noticed.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from services.integrations.sd_card.message import FORMAT, VERSION, CardFiles
from services.integrations.sd_card.settings import Settings
from shared.errors import Reject, Retry, Trouble
from shared.files import write_durably
from shared.settings import value_of

ROOTS = "/media:/mnt:/run/media"
HOME, MARK = "platewire", "card.json"
_DAY, _HOUR = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]", "[0-9][0-9]"
_GONE = {errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ENOTCONN, errno.ESTALE}
_FULL = {errno.ENOSPC, errno.EDQUOT}


def check_place(folder: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder, if a destination may write there: below PLATEWIRE_CARD_ROOTS, links followed. Raises Reject."""
    roots = (value_of(environment, "PLATEWIRE_CARD_ROOTS") or ROOTS).split(":")
    real = Path(os.path.realpath(folder))
    if not any(Path(os.path.realpath(root)) in real.parents for root in roots if root):
        sentence = f"A card is mounted below {' or '.join(roots)} (PLATEWIRE_CARD_ROOTS), which {folder} is not"
        raise Reject(sentence, trouble=Trouble.WRONG_DEVICE)
    return real


class Card:
    """The card in a folder, as it is now: nothing is remembered that a swapped card would make wrong.

    Raises, from everything: Retry with what to do about the card.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = check_place(settings.folder)
        self.home = self.folder / HOME

    def prepare(self) -> bool:
        """Makes the folder a card where it is none; returns whether it was none."""
        with self._understood():
            if not self.folder.is_dir():
                raise FileNotFoundError(errno.ENOENT, "no folder")
            if (self.home / MARK).exists():
                write_durably(self.home / ".try", b"")
                (self.home / ".try").unlink()
                return False
            mark = {"format": FORMAT, "version": VERSION, "id": str(uuid4())}
            write_durably(self.home / MARK, json.dumps(mark).encode())
        return True

    def check_present(self) -> None:
        with self._understood():
            if not (self.home / MARK).is_file():
                present = "is not there" if not self.folder.is_dir() else "holds no prepared card"
                raise Retry(f"{self.folder} {present}: put the card in, then press Test", trouble=Trouble.WRONG_DEVICE)

    def write(self, files: CardFiles) -> None:
        """Puts an event on the card, or nothing of it."""
        self.check_present()
        hour = self.home / files.hour
        needed = len(files.document) + sum(map(len, files.pictures.values()))
        with self._understood():
            self._make_room(needed)
            for name, data in files.pictures.items():
                write_durably(hour / name, data)
            write_durably(hour / files.document_name, files.document)
            for stale in hour.glob(f"*_{files.mark}*"):
                if stale.name not in files.pictures and stale.name != files.document_name:
                    stale.unlink(missing_ok=True)

    def forget_before(self, day: date) -> None:
        """Takes away the days before."""
        with self._understood():
            for old in self.days():
                if old.name >= day.isoformat():
                    return
                shutil.rmtree(old)

    def days(self) -> list[Path]:
        """Oldest first."""
        return sorted(path for path in self.home.glob(_DAY) if path.is_dir())

    def hours(self) -> Iterator[Path]:
        """Oldest first."""
        for day in self.days():
            yield from sorted(path for path in day.glob(_HOUR) if path.is_dir())

    def free(self) -> int:
        """Bytes that may still be written."""
        with self._understood():
            return shutil.disk_usage(self.home).free

    def _make_room(self, needed: int) -> None:
        """Takes the oldest hours away until there is room; the hour that is being filled is the last to go."""
        spare = self._settings.spare_megabytes * 1_000_000
        most = round(self._settings.most_gigabytes * 1e9)
        used = sum(map(_size, self.hours())) if most else 0
        for hour in list(self.hours()):
            if shutil.disk_usage(self.home).free - needed >= spare and (not most or used + needed <= most):
                return
            used -= _size(hour) if most else 0
            shutil.rmtree(hour)
            if not any(path.is_dir() for path in hour.parent.iterdir()):
                shutil.rmtree(hour.parent)

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """What the disk says, as a sentence."""
        try:
            yield
        except OSError as error:
            raise Retry(_sentence(self.folder, error), trouble=_word(error)) from None


def _size(hour: Path) -> int:
    """Of an hour's files in bytes; counted anew only when files came or went, which changes the folder's time."""
    return _counted(hour, hour.stat().st_mtime_ns)


@lru_cache(maxsize=100_000)
def _counted(hour: Path, _changed: int) -> int:
    return sum(path.stat().st_size for path in hour.iterdir())


def _sentence(folder: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"The card in {folder} is full and holds no older events that could make room"
    if error.errno == errno.EROFS:
        return f"The card in {folder} is read-only: is its lock switch on, or is it worn out?"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Platewire may not write to {folder}: give its user the right"
    if error.errno in _GONE:
        return f"The card in {folder} was pulled or does not answer"
    return f"The card in {folder} cannot be used: {error.strerror or type(error).__name__}"


def _word(error: OSError) -> Trouble:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Trouble.RIGHTS
    return Trouble.CANNOT_CONNECT if error.errno in _GONE else Trouble.OTHER
