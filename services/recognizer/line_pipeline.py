"""Recognition where the locator finds lines of any text: locate → filter → straighten → read → join parts → settle."""

from __future__ import annotations

from collections.abc import Sequence

from services.recognizer.candidates import abreast, plausible, stacked
from services.recognizer.contracts import ANYTHING, Ask, Locator, Picture, RawText, Reader
from services.recognizer.findings import Candidate, Findings, distinct, found
from services.recognizer.grammar.formats import DIGITS, MIN_LENGTH
from services.recognizer.grammar.settle import settle, unread
from services.recognizer.rectify import straighten, widen
from services.recognizer.rows import joined
from shared.geometry import Quad

# Shares of a text line's height, along and across. A detector's line is already taller than a plate's letters.
READ_MARGIN = (0.10, 0.05)
PLATE_MARGIN = (0.06, -0.04)
TIGHT_MARGIN = (-0.15, -0.10)
SURE = 0.75


class LinePipeline:
    """Keeps nothing between pictures. A line that is no plate is left out; it cannot be told from an unread plate."""

    glance = 0

    def __init__(self, locator: Locator, reader: Reader) -> None:
        self.locator, self.reader = locator, reader

    def read(self, image: Picture, ask: Ask = ANYTHING) -> Findings:
        """The plates of a BGR picture, shape (height, width, 3)."""
        height, width = image.shape[:2]
        quads = [place.corners for place in self.locator.locate(image)]
        quads = [quad for quad in quads if plausible(quad, width, height, ask.regions)]
        looks = self._look(image, quads)
        candidates = _candidates(quads, looks, ask.countries)
        return Findings(tuple(found(image, candidate) for candidate in distinct(candidates)))

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
) -> list[Candidate]:
    lines = [(quad, texts) for quad, texts in zip(quads, looks, strict=True) if texts[0].characters]
    found_lines = [quad for quad, _ in lines]
    parts = [
        *((*pair, _one_above) for pair in stacked(found_lines)),
        *((*pair, _one_beside) for pair in abreast(found_lines)),
    ]
    for i, j, enclosing in parts:
        lines.append((enclosing(found_lines[i], found_lines[j]), [joined(lines[i][1][0], lines[j][1][0])]))
    return [candidate for quad, texts in lines if (candidate := _best(quad, texts, countries))]


def _best(quad: Quad, texts: Sequence[RawText], countries: tuple[str, ...]) -> Candidate | None:
    settled = ((text, settle(text, countries)) for text in texts)
    plates = [Candidate(widen(quad, *PLATE_MARGIN), text, plate) for text, plate in settled if plate is not None]
    return max(plates, key=lambda candidate: candidate.settled.score, default=None)


def _one_above(top: Quad, bottom: Quad) -> Quad:
    return Quad(corners=(top.corners[0], top.corners[1], bottom.corners[2], bottom.corners[3]))


def _one_beside(left: Quad, right: Quad) -> Quad:
    return Quad(corners=(left.corners[0], right.corners[1], right.corners[2], left.corners[3]))
