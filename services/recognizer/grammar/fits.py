"""Lays a raw text over every shape: each way in which it could be a plate, and how well it fits.

A shape may read a character as its look-alike (O as 0), may lose what stands before or behind the plate (a country
band read as a letter) and a badge at a gap between two groups; each of these costs, so that the text as it was read
wins where it fits. Thousands of shapes are kept apart by where they have letters and digits, so that only the few that
resemble the text are looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import NamedTuple

from services.recognizer.contracts import RawText
from services.recognizer.grammar.formats import DIGITS, LETTERS
from services.recognizer.grammar.index import Entry, known, user_weight
from services.recognizer.grammar.look_alikes import LOOK_ALIKES
from shared.messages import Character

# Costs and gains are logarithms of probabilities, set by judgement: a certain character is dear to cut or to swap, a
# rare format loses against a common one, and a gap that was seen where the format has it decides between equals.
FLOOR = 1e-4
CUT_BEFORE, CUT_BEHIND = 3, 2
MAX_REPLACED = 2
COST_CUT = 1.2
COST_STRANGE = 0.8
"""For each character that is changed for the sake of a country nobody expects."""
WORST_SCORE = -6.0
HOPELESS = 8.0
"""What is cut for more than this cannot be made good by anything."""
BEHIND_BEST = 4.0
"""What fits so much worse than the best is no alternative to it."""
GAIN_GAP, COST_GAP_UNSEEN, COST_GAP_STRANGE = 0.3, 0.3, 1.5
"""A gap seen where the format has one; one of the format not seen though another is; one seen where it has none.

Measured on real plates of known formats: readers see 65 to 89 % of the gaps, and one before 0.2 % of the characters
that have none. Less than that says is counted, because plates of one format are not all spaced alike and a plate of no
known format has gaps too: these values read most of the held-out and newly drawn plates right."""
ALONE_DOUBT = 0.12
"""A sign that stands in a group of its own is doubted at least this much: badges and bands stand so."""
WIDE = 1.45
"""Between groups the characters' middles are so much farther apart than within."""


@dataclass(frozen=True)
class Fit:
    """One reading of the text; without an entry it is the text as it was read, of no known shape.

    Attributes:
        kept: indices into the raw characters that are the plate's own.
        replaced: how many of them are not what was read.
    """

    score: float
    text: str
    kept: tuple[int, ...]
    entry: Entry | None
    replaced: int


class Position:
    """What one character may be, with look-alikes; remembers the best symbol per class."""

    def __init__(self, character: Character) -> None:
        self.character = character
        self.chances = dict(character.options)
        for symbol, probability in character.options:
            for other, rate in LOOK_ALIKES.get(symbol, ()):
                self.chances[other] = min(1.0, self.chances.get(other, 0.0) + probability * rate)
        self._best: dict[str, tuple[str, float]] = {}

    def best(self, allowed: str) -> tuple[str, float]:
        """The most probable allowed symbol and its logarithmic probability; an empty symbol when none is likely."""
        if allowed not in self._best:
            fitting = [(probability, symbol) for symbol, probability in self.chances.items() if symbol in allowed]
            probability, symbol = max(fitting, default=(0.0, ""))
            self._best[allowed] = symbol, math.log(max(FLOOR, probability))
        return self._best[allowed]


def gap_evidence(seen: int, gaps: int) -> float:
    """What the gaps that were seen say for a shape that has these, one bit per place; nothing where none was seen."""
    there, missed, strange = (seen & gaps).bit_count(), (gaps & ~seen).bit_count(), (seen & ~gaps).bit_count()
    return GAIN_GAP * there - COST_GAP_UNSEEN * missed * bool(seen) - COST_GAP_STRANGE * strange


def gaps_seen(raw: RawText, kept: tuple[int, ...]) -> int:
    """Places of a plate before which a gap was seen, also one before what is left out there; one bit per place."""
    return sum(
        1 << place
        for place, (before, i) in enumerate(pairwise(kept), start=1)
        if not raw.breaks.isdisjoint(range(before + 1, i + 1))
    )


def find_fits(
    raw: RawText, positions: tuple[Position, ...], expected: tuple[str, ...], *, on_plate: bool = False
) -> list[Fit]:
    """Every fit worth considering: those far behind the best are left out."""
    return list(_literal_first(_Search(raw, positions, expected, on_plate).run(), expected))


class _Part(NamedTuple):
    """A part of the text that may be the plate.

    Attributes:
        lost: what it costs to leave out the rest.
        band: what is left out before it, if that could be a country band.
        saved: how much less the rest costs if it is one.
        badge: one bit for the place where a character was left out within, or none.
        seen: gaps that were seen, one bit per place.
    """

    kept: tuple[int, ...]
    lost: float
    band: str
    saved: float
    badge: int
    seen: int


class _Search:
    """One text against all shapes."""

    def __init__(
        self, raw: RawText, positions: tuple[Position, ...], expected: tuple[str, ...], on_plate: bool
    ) -> None:
        self._raw, self._positions, self._on_plate = raw, positions, on_plate
        self._known = known(expected)
        self._costs = _cut_costs(raw)
        chances = [(position.best(LETTERS)[1], position.best(DIGITS)[1]) for position in positions]
        self._is_letter = [letter > digit for letter, digit in chances]
        self._best = [max(pair) for pair in chances]
        self._swapped = [min(pair) - max(pair) for pair in chances]
        self._codes: dict[tuple[tuple[int, ...], frozenset[str]], tuple[str, float]] = {}
        self._floor = WORST_SCORE

    def run(self) -> list[Fit]:
        found: list[Fit] = []
        for part in sorted(self._parts(), key=lambda part: part.lost - part.saved):
            for entry in self._near(part):
                if fit := self._fit(part, entry):
                    found.append(fit)
                    self._floor = max(self._floor, fit.score - BEHIND_BEST)
        return [fit for fit in found if fit.score > self._floor]

    def _parts(self) -> Iterator[_Part]:
        count, costs = len(self._positions), self._costs
        for before in range(min(CUT_BEFORE, count) + 1):
            head = sum(costs[:before])
            # One letter alone is a band only if something parts it from the plate.
            band = self._raw.text[:before] if before > 1 or before in self._raw.breaks else ""
            saved = max(0.0, head - COST_CUT) if band in self._known.bands else 0.0
            for behind in range(min(CUT_BEHIND, count - before) + 1):
                span = tuple(range(before, count - behind))
                lost = head + sum(costs[count - behind :])
                if lost - saved <= HOPELESS:
                    part = _Part(span, lost, band, saved, 0, gaps_seen(self._raw, span))
                    yield part
                    yield from self._without_badge(part)

    def _without_badge(self, part: _Part) -> Iterator[_Part]:
        for place in range(1, len(part.kept) - 1):
            lost = part.lost + self._costs[part.kept[place]]
            if lost - part.saved <= HOPELESS:
                kept = part.kept[:place] + part.kept[place + 1 :]
                yield _Part(kept, lost, part.band, part.saved, 1 << place, gaps_seen(self._raw, kept))

    def _near(self, part: _Part) -> Iterator[Entry]:
        """Shapes that have letters and digits where the part can have them, and that can still come out well."""
        kept = part.kept
        bound = sum([self._best[i] for i in kept]) + GAIN_GAP * part.seen.bit_count() - part.lost + part.saved
        if bound + self._known.most <= self._floor:
            return
        as_letter = sum([1 << place for place, i in enumerate(kept) if self._is_letter[i]])
        for group in self._known.groups.get(len(kept), ()):
            other = (group.letters & ~as_letter) | (group.digits & as_letter)
            if other.bit_count() > MAX_REPLACED or part.badge & ~group.gaps:
                continue
            best = bound + sum([self._swapped[i] for place, i in enumerate(kept) if other >> place & 1])
            for entry in group.entries:
                if entry.weight + best <= self._floor:
                    break
                if not part.badge & ~entry.gaps:
                    yield entry

    def _fit(self, part: _Part, entry: Entry) -> Fit | None:
        """None when it cannot be spelled so, makes no plate, or fits much worse than the best."""
        shape, kept = entry.shape, part.kept
        score = entry.weight - part.lost
        if part.band in entry.bands:
            score = max(score, entry.bands[part.band] + part.saved - part.lost)
        score += gap_evidence(part.seen, entry.gaps)
        head = shape.code_length
        text = ""
        if head:
            text, chance = self._best_code(kept[:head], shape.codes)
            score += chance
            if not text:
                return None
        for i, allowed in zip(kept[head:], shape.classes[head:], strict=True):
            symbol, chance = self._positions[i].best(allowed)
            score += chance
            if not symbol or score <= self._floor:
                return None
            text += symbol
        replaced = sum(self._positions[i].character.best != c for i, c in zip(kept, text, strict=True))
        fit = Fit(score - COST_STRANGE * replaced * (not entry.home), text, kept, entry, replaced)
        return fit if fit.score > self._floor and self._plausible(fit) else None

    def _plausible(self, fit: Fit) -> bool:
        """Words and numbers are not turned into plates by swapping look-alikes, unless a plate is there."""
        if fit.replaced > MAX_REPLACED or fit.entry is None:
            return False
        if self._on_plate:
            return True
        if mixed("".join(self._raw.characters[i].best for i in fit.kept)):
            return mixed(fit.text)
        if fit.replaced:
            return False
        gaps = fit.entry.shape.gaps
        return fit.entry.home or (bool(gaps) and all(fit.kept[gap] in self._raw.breaks for gap in gaps))

    def _best_code(self, kept: tuple[int, ...], codes: frozenset[str]) -> tuple[str, float]:
        if (kept, codes) not in self._codes:
            head = [self._positions[i] for i in kept]
            read = "".join(position.character.best for position in head)
            spelled = [read] if read in codes else map("".join, product(*(position.chances for position in head)))
            scored = (
                (sum(math.log(max(FLOOR, p.chances[c])) for p, c in zip(head, code, strict=True)), code)
                for code in spelled
                if code in codes
            )
            chance, code = max(scored, default=(0.0, ""))
            self._codes[kept, codes] = code, chance
        return self._codes[kept, codes]


def _literal_first(fits: list[Fit], expected: tuple[str, ...]) -> Iterator[Fit]:
    """A country that knows the text as it was read has no say in changing it."""
    content = {user.country for fit in fits if fit.entry and not fit.replaced for user in fit.entry.users}
    for fit in fits:
        if not fit.replaced or fit.entry is None:
            yield fit
        elif others := [user for user in fit.entry.users if user.country not in content]:
            lost = max(user_weight(user, expected) for user in fit.entry.users)
            lost -= max(user_weight(user, expected) for user in others)
            strange = fit.entry.home and not any(user.country in expected for user in others)
            yield replace(fit, score=fit.score - lost - COST_STRANGE * fit.replaced * strange)


def _cut_costs(raw: RawText) -> list[float]:
    """Leaving out a doubtful character is cheap, a certain one dear; one that stands alone is never quite certain."""
    ends = _group_starts(raw) | {0, len(raw.characters)}
    return [
        COST_CUT - math.log(max(ALONE_DOUBT if {i, i + 1} <= ends else 0.001, 1.0 - character.probability))
        for i, character in enumerate(raw.characters)
    ]


def _group_starts(raw: RawText) -> set[int]:
    """Where a gap was seen or is to be seen in how far the characters are apart."""
    steps = [b - a for a, b in pairwise(raw.centers)]
    if not steps:
        return set()
    usual = sorted(steps)[(len(steps) - 1) // 2]
    return {*raw.breaks, *(i + 1 for i, step in enumerate(steps) if step > WIDE * usual)}


def mixed(text: str) -> bool:
    """Whether both letters and digits are in it."""
    return any(c in DIGITS for c in text) and any(c in LETTERS for c in text)
