"""One picture in, the plates on it out: locate → filter → rectify → read → settle → remove duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.recognizer.candidates import abreast, plausible, stacked
from services.recognizer.contracts import Locator, Picture, RawText, Reader
from services.recognizer.grammar.formats import DIGITS, MIN_LENGTH
from services.recognizer.grammar.settle import Settled, settle, unread
from services.recognizer.rectify import sharpness, straighten, widen
from shared.geometry import Box, Polygon, Quad
from shared.messages import Character, Read

# Shares of a text line's height, along and across. A detector's line is already taller than a plate's letters.
READ_MARGIN = (0.10, 0.05)
PLATE_MARGIN = (0.06, -0.04)
TIGHT_MARGIN = (-0.15, -0.10)
CROP_MARGIN = (0.20, 0.10)
SURE = 0.75
SAME_PLACE = 0.3


@dataclass(frozen=True)
class FoundPlate:
    """One plate on one picture; box and corners are those of the plate, not of its text."""

    box: Box
    corners: Quad
    text: str
    raw: str
    confidence: float
    characters: tuple[Character, ...]
    country: str
    sharpness: float
    crop: Picture

    def as_read(self, crop_key: str = "") -> Read:
        """As it travels; `crop_key` is where its picture was stored."""
        return Read(
            text=self.text,
            raw=self.raw,
            confidence=self.confidence,
            characters=self.characters,
            country=self.country,
            box=self.box,
            corners=self.corners,
            sharpness=self.sharpness,
            crop_key=crop_key,
        )


@dataclass(frozen=True)
class _Candidate:
    corners: Quad
    raw: RawText
    settled: Settled


class Pipeline:
    """Recognition with one locator and one reader; keeps nothing between pictures."""

    def __init__(self, locator: Locator, reader: Reader) -> None:
        self.locator, self.reader = locator, reader

    def read(
        self, image: Picture, regions: Sequence[Polygon] = (), countries: Sequence[str] = ()
    ) -> tuple[FoundPlate, ...]:
        """The plates of a picture, most confident first.

        Args:
            image: BGR, shape (height, width, 3).
            regions: where plates are looked for, in shares of the picture; empty = everywhere.
            countries: expected, ISO alpha-3; others stay possible.
        """
        height, width = image.shape[:2]
        quads = [quad for quad in self.locator.locate(image) if plausible(quad, width, height, regions)]
        looks = self._look(image, quads)
        candidates = _candidates(quads, looks, tuple(countries))
        return tuple(_found(image, candidate) for candidate in _distinct(candidates))

    def _look(self, image: Picture, quads: Sequence[Quad]) -> list[list[RawText]]:
        """What is read at each place; a doubtful text is looked at again without its surroundings."""
        first = self.reader.read([straighten(image, widen(quad, *READ_MARGIN)) for quad in quads])
        doubtful = [i for i, text in enumerate(first) if _is_doubtful(text)]
        again = self.reader.read([straighten(image, widen(quads[i], *TIGHT_MARGIN)) for i in doubtful])
        second = dict(zip(doubtful, again, strict=True))
        return [[text, second[i]] if i in second else [text] for i, text in enumerate(first)]


def _is_doubtful(text: RawText) -> bool:
    if len(text.characters) < MIN_LENGTH or not any(c in DIGITS for c in text.text):
        return False
    return unread(text) > 0 or min(c.probability for c in text.characters) < SURE


def _candidates(
    quads: Sequence[Quad], looks: Sequence[Sequence[RawText]], countries: tuple[str, ...]
) -> list[_Candidate]:
    lines = [(quad, texts) for quad, texts in zip(quads, looks, strict=True) if texts[0].characters]
    found = [quad for quad, _ in lines]
    parts = [(*pair, _one_above) for pair in stacked(found)] + [(*pair, _one_beside) for pair in abreast(found)]
    for i, j, enclosing in parts:
        lines.append((enclosing(found[i], found[j]), [_joined(lines[i][1][0], lines[j][1][0])]))
    return [candidate for quad, texts in lines if (candidate := _best(quad, texts, countries))]


def _best(quad: Quad, texts: Sequence[RawText], countries: tuple[str, ...]) -> _Candidate | None:
    settled = ((text, settle(text, countries)) for text in texts)
    plates = [_Candidate(quad, text, plate) for text, plate in settled if plate is not None]
    return max(plates, key=lambda candidate: candidate.settled.score, default=None)


def _one_above(top: Quad, bottom: Quad) -> Quad:
    return Quad(corners=(top.corners[0], top.corners[1], bottom.corners[2], bottom.corners[3]))


def _one_beside(left: Quad, right: Quad) -> Quad:
    return Quad(corners=(left.corners[0], right.corners[1], right.corners[2], left.corners[3]))


def _joined(first: RawText, second: RawText) -> RawText:
    """Two parts as one line whose second half begins with a break."""
    count = len(first.characters)
    return RawText(
        characters=first.characters + second.characters,
        centers=tuple(c / 2 for c in first.centers) + tuple(0.5 + c / 2 for c in second.centers),
        breaks=first.breaks | {count} | {count + i for i in second.breaks},
    )


def _distinct(candidates: list[_Candidate]) -> list[_Candidate]:
    """At one place only the best reading stays; more characters are better evidence than fewer."""
    kept: list[_Candidate] = []
    for candidate in sorted(candidates, key=_worth, reverse=True):
        box = candidate.corners.box
        if all(_apart(box, other.corners.box) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda candidate: candidate.settled.confidence, reverse=True)


def _worth(candidate: _Candidate) -> float:
    return candidate.settled.confidence * len(candidate.settled.text)


def _apart(a: Box, b: Box) -> bool:
    """Neither overlaps much nor lies inside the other."""
    iou = a.iou(b)
    overlap = iou * (a.area + b.area) / (1 + iou)
    return overlap < SAME_PLACE * max(1, min(a.area, b.area))


def _found(image: Picture, candidate: _Candidate) -> FoundPlate:
    height, width = image.shape[:2]
    corners = widen(candidate.corners, *PLATE_MARGIN)
    crop = straighten(image, widen(candidate.corners, *CROP_MARGIN))
    settled = candidate.settled
    return FoundPlate(
        box=corners.box.clamp(width, height),
        corners=corners,
        text=settled.text,
        raw=candidate.raw.text,
        confidence=settled.confidence,
        characters=settled.characters,
        country=settled.country,
        sharpness=sharpness(crop),
        crop=crop,
    )
