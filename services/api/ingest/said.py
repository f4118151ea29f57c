"""What arrived of a device, and what a form makes of it before the camera, its zone and its lists are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shared.messages import Direction, VerticalDirection
from shared.pushes import PushedPictures


@dataclass(frozen=True)
class File:
    """A file of a form, or the whole body."""

    name: str
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Arrived:
    """A request taken apart: files and fields of a form, or the body as the one file. Header names are lower case."""

    files: tuple[File, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")


@dataclass(frozen=True)
class Vehicle:
    """One vehicle as the device tells it. Times without an offset are by the clock where the camera hangs."""

    plate: str
    captured_at: datetime | None = None
    read_at: datetime | None = None
    car: str = ""
    state: Literal["new", "update", "lost"] = "new"
    country: str = ""
    region: str = ""
    confidence: float = 1.0
    direction: Direction = Direction.UNKNOWN
    vertical: VerticalDirection = VerticalDirection.UNKNOWN
    zone: int = 1
    processing_ms: float = 0.0


@dataclass(frozen=True)
class Said:
    """A message of a device; one without a vehicle says that it is alive.

    Attributes:
        device: what it calls itself, and the other names by which a camera of ours may know it.
        key: names the message so that a repetition is recognised; empty = the bytes themselves do.
    """

    device: tuple[str, ...] = ()
    vehicle: Vehicle | None = None
    pictures: PushedPictures = field(default_factory=PushedPictures)
    key: str = ""
    sent_at: datetime | None = None


Form = Callable[[Arrived], tuple[Said, ...]]
"""Raises Invalid for what is no message of this form; a message may tell of several vehicles."""
