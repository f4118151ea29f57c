"""What all kinds of source have in common, so that the camera loop does not know which one it reads."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""BGR pixels, shape (height, width, 3)."""

OPEN_SECONDS = 8.0
"""A camera that says nothing for so long when it is opened does not answer."""
READ_SECONDS = 10.0
"""A camera that sends nothing for so long has stopped."""


def _nothing() -> None:
    """Most sources need not know when their picture was handled."""


@dataclass(frozen=True)
class Picture:
    """One picture as its source gave it: as pixels, or as a JPEG that can be passed on as it is."""

    captured_at: datetime
    index: int
    width: int
    height: int
    image: Image | None = None
    jpeg: bytes | None = None
    ends: bool = False
    """Nothing follows it."""
    key: str = ""
    """Names the picture where run and index do not: pictures that arrive in a folder in any order."""
    when_done: Callable[[], None] = _nothing
    """Called after the picture's frame was taken by a recognizer (never for live sources)."""


Pictures = Generator[Picture, None, None]


class Notes(Protocol):
    """Where a source writes down what happens to it."""

    def alive(self) -> None:
        """Something moves; a camera that does not call this for 20 s is restarted."""

    def ready(self) -> None:
        """The source works, though no picture may come for long."""

    def arrived(self) -> None:
        """A picture came, whether it is used or not."""

    def damaged(self) -> None:
        """A packet or picture was unusable and is skipped."""


@dataclass(frozen=True)
class Opening:
    """All that a source may know when it is opened."""

    camera_id: UUID
    rate: float
    """Pictures a second at most."""
    data_dir: Path
    """Where a source keeps what it must remember."""
    uploads: Path
    """The folder into which pictures for this camera are posted."""
    started_at: datetime
    """When this run of a file began; its pictures' times count from here."""
    position: int
    """The first index that is still wanted."""
    stopping: Callable[[], bool]
    wait: Callable[[float], bool]
    """Sleeps the seconds while housekeeping goes on; returns whether to stop."""
    notes: Notes


class OpenSource(Protocol):
    """The one function that a kind of source has."""

    def __call__(self, source: Any, opening: Opening) -> Pictures:
        """Yields pictures until the source ends (files) or `stopping()`.

        Args:
            source: the model of this kind from shared.cameras.

        Raises:
            SourceError: it cannot be read (any more); one sentence for the installer, without credentials.
        """
