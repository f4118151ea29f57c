"""What a pipeline answers with: a picture's plates, read or not, and which of several readings of a place stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from services.recognizer.contracts import ANYTHING, Ask, Locator, Picture, RawText, Reader
from services.recognizer.grammar.settle import Settled
from services.recognizer.rectify import sharpness, straighten, widen
from shared.geometry import Box, Quad
from shared.messages import Alternative, Read, Unread, UnreadReason

CROP_MARGIN = (0.20, 0.10)
"""Shares of the height that the picture of a plate shows around it."""
SAME_PLACE = 0.3


@dataclass(frozen=True)
class FoundPlate:
    """One plate on one picture; box and corners are those of the plate, not of its text."""

    box: Box
    corners: Quad
    raw: str
    settled: Settled
    sharpness: float
    crop: Picture

    @property
    def text(self) -> str:
        return self.settled.text

    def as_read(self, crop_key: str = "") -> Read:
        """As it travels; `crop_key` is where its picture was stored."""
        settled = self.settled
        return Read(
            text=settled.text,
            raw=self.raw,
            confidence=settled.confidence,
            characters=settled.characters,
            country=settled.country,
            region=settled.region,
            alternatives=tuple(
                Alternative(text=other.text, country=other.country, margin=max(0.0, round(other.margin, 3)))
                for other in settled.alternatives
            ),
            box=self.box,
            corners=self.corners,
            sharpness=self.sharpness,
            crop_key=crop_key,
        )


@dataclass(frozen=True)
class UnreadPlate:
    """A plate that was seen and not read, and why."""

    box: Box
    corners: Quad
    raw: str
    reason: UnreadReason
    sharpness: float
    crop: Picture

    def as_unread(self, crop_key: str = "") -> Unread:
        return Unread(
            reason=self.reason,
            raw=self.raw,
            box=self.box,
            corners=self.corners,
            sharpness=self.sharpness,
            crop_key=crop_key,
        )


@dataclass(frozen=True)
class Findings:
    """All plates of a picture; those that were read come most confident first."""

    plates: tuple[FoundPlate, ...] = ()
    unread: tuple[UnreadPlate, ...] = ()


class Pipeline(Protocol):
    """One engine, put together."""

    locator: Locator
    reader: Reader
    glance: int
    """Long side in pixels to which its locator shrinks a picture itself; 0 when it wants every pixel."""

    def read(self, image: Picture, ask: Ask = ANYTHING) -> Findings:
        """The plates of a BGR picture, shape (height, width, 3)."""
        ...


@dataclass(frozen=True)
class Candidate:
    """A reading of a place; `corners` are those of the plate."""

    corners: Quad
    raw: RawText
    settled: Settled


def found(image: Picture, candidate: Candidate) -> FoundPlate:
    """The plate of a reading with its picture."""
    height, width = image.shape[:2]
    crop = straighten(image, widen(candidate.corners, *CROP_MARGIN))
    return FoundPlate(
        box=candidate.corners.box.clamp(width, height),
        corners=candidate.corners,
        raw=candidate.raw.text,
        settled=candidate.settled,
        sharpness=sharpness(crop),
        crop=crop,
    )


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """At one place the best reading stays, most confident first; more characters are better evidence than fewer."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=_worth, reverse=True):
        box = candidate.corners.box
        if all(apart(box, other.corners.box) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda candidate: candidate.settled.confidence, reverse=True)


def _worth(candidate: Candidate) -> float:
    return candidate.settled.confidence * len(candidate.settled.text)


def apart(a: Box, b: Box) -> bool:
    """Neither overlaps much nor lies inside the other."""
    iou = a.iou(b)
    overlap = iou * (a.area + b.area) / (1 + iou)
    return overlap < SAME_PLACE * max(1, min(a.area, b.area))
