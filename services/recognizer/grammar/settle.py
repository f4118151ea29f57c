"""Decides which plate a raw text is: letters and digits by position, the country, or that it is no plate at all; pure.

Of all ways in which the text fits a shape of formats.toml the best one wins. Among countries that admit the winning
text the more telling format wins; expected countries weigh more and force nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from services.recognizer.contracts import RawText
from services.recognizer.grammar.alternatives import Alternative, nearest_first, other_countries, other_texts
from services.recognizer.grammar.fits import FLOOR, Fit, Position, find_fits, mixed
from services.recognizer.grammar.formats import DIGITS, LETTERS, MIN_LENGTH, signs
from services.recognizer.grammar.index import COST_UNEXPECTED
from services.recognizer.grammar.look_alikes import LOOK_ALIKES
from services.recognizer.grammar.origin import origins, outstanding, region
from shared.messages import Character

COST_UNMIXED = 2.0
"""Few plates are a word or a number alone."""
FORMLESS_LONGEST = 8
BAND_ROOM = 1.7
"""In characters: a blue band and the crop's margin."""
GAIN_CHARACTER = 1.5


@dataclass(frozen=True)
class _Trust:
    """How much a text of no known format must show before it is believed.

    Attributes:
        cost: as a logarithm, against a text that has a format.
        shortest: in characters.
        words: letters alone or digits alone are believed.
        least_mean, least_character: probabilities.
        factor: what its confidence loses.
        least_confidence: of any plate, with a format or without.
    """

    cost: float
    shortest: int
    words: bool
    least_mean: float
    least_character: float
    factor: float
    least_confidence: float


ANYWHERE = _Trust(
    cost=4.5,
    shortest=MIN_LENGTH + 1,
    words=False,
    least_mean=0.88,
    least_character=0.6,
    factor=0.7,
    least_confidence=0.65,
)
ON_PLATE = _Trust(
    cost=2.5,
    shortest=MIN_LENGTH - 1,
    words=True,
    least_mean=0.7,
    least_character=0.3,
    factor=0.95,
    least_confidence=0.4,
)


@dataclass(frozen=True)
class Settled:
    """A plate after the grammar.

    Attributes:
        country: ISO alpha-3; empty when the text speaks for none.
        region: what part of the country the text tells; empty when none.
        kept: indices into the raw characters that are the plate's own.
        score: logarithmic, to compare two readings of the same place.
        alternatives: best first, at most three.
    """

    text: str
    country: str
    region: str
    confidence: float
    characters: tuple[Character, ...]
    kept: tuple[int, ...]
    score: float
    alternatives: tuple[Alternative, ...]


def settle(raw: RawText, expected: tuple[str, ...] = (), *, on_plate: bool = False) -> Settled | None:
    """The plate that a raw text is, or None when it is no plate.

    Args:
        raw: one line, or two lines joined.
        expected: countries of this camera, ISO alpha-3; they weigh more, others stay possible.
        on_plate: the text stands on what a detector of plates found, so that a word or a number alone is believed;
            otherwise it may stand anywhere in the picture.
    """
    if not on_plate and (signs().fullmatch(raw.text) or not (mixed(raw.text) or raw.breaks or expected)):
        return None
    positions = tuple(Position(character) for character in raw.characters)
    trust = ON_PLATE if on_plate else ANYWHERE
    fits = [*find_fits(raw, positions, expected, on_plate=on_plate), *_formless(raw, expected, trust)]
    best = max(fits, key=lambda fit: fit.score, default=None)
    settled = _settled(best, fits, raw, positions, expected, trust.factor) if best else None
    return settled if settled and settled.confidence >= trust.least_confidence else None


def _settled(
    best: Fit,
    fits: list[Fit],
    raw: RawText,
    positions: tuple[Position, ...],
    expected: tuple[str, ...],
    formless_factor: float,
) -> Settled:
    characters = _characters(best, positions)
    mean = math.exp(sum(math.log(max(FLOOR, c.probability)) for c in characters) / len(characters))
    lost = len(raw.characters) - len(best.kept)
    confidence = mean * 0.97**lost * (1.0 if best.entry else formless_factor)
    shares = origins(best, raw, expected) if best.entry else {}
    country = outstanding(shares)
    others = *other_countries(best.text, country, shares), *other_texts(best, fits, characters, raw, expected)
    return Settled(
        text=best.text,
        country=country,
        region=region(best, country, raw, expected),
        confidence=round(confidence, 4),
        characters=characters,
        kept=best.kept,
        score=best.score + GAIN_CHARACTER * len(best.text) - unread(raw),
        alternatives=nearest_first(others),
    )


def unread(raw: RawText) -> float:
    """How many characters would fit between the text and the ends of the crop, beyond a country band's room."""
    if len(raw.centers) < MIN_LENGTH - 1:
        return 0.0
    steps = sorted(b - a for a, b in pairwise(raw.centers))
    pitch = max(0.02, steps[len(steps) // 2])
    ends = raw.centers[0], 1.0 - raw.centers[-1]
    return sum(max(0.0, end / pitch - 0.5 - BAND_ROOM) for end in ends)


def _formless(raw: RawText, expected: tuple[str, ...], trust: _Trust) -> Iterator[Fit]:
    """Personal plates and unknown countries: clearly read letters and digits together, on a plate also one of them."""
    if not trust.shortest <= len(raw.characters) <= FORMLESS_LONGEST or not (trust.words or mixed(raw.text)):
        return
    logs = [math.log(max(FLOOR, character.probability)) for character in raw.characters]
    if math.exp(sum(logs) / len(logs)) < trust.least_mean or min(logs) < math.log(trust.least_character):
        return
    score = sum(logs) - trust.cost - COST_UNEXPECTED * bool(expected) - COST_UNMIXED * (not mixed(raw.text))
    yield Fit(score, raw.text, tuple(range(len(raw.characters))), None, 0)


def _characters(fit: Fit, positions: tuple[Position, ...]) -> tuple[Character, ...]:
    classes = fit.entry.shape.classes if fit.entry else (LETTERS + DIGITS,) * len(fit.text)
    return tuple(
        _decided(positions[i], symbol, allowed) for i, symbol, allowed in zip(fit.kept, fit.text, classes, strict=True)
    )


def _decided(position: Position, symbol: str, allowed: str) -> Character:
    """The character with only what its position allows, the chosen symbol first; doubt stays doubt.

    A look-alike takes over the probability of what was read, because at this place the two cannot be told apart.
    """
    read = position.character.best
    likely = dict(position.character.options)
    if symbol != read and symbol in dict(LOOK_ALIKES.get(read, ())):
        likely[symbol] = max(likely.get(symbol, 0.0), position.character.probability * 0.9)
    elif symbol not in likely:
        likely[symbol] = position.chances[symbol]
    others = sorted(((s, p) for s, p in likely.items() if s != symbol and s in allowed), key=lambda option: -option[1])
    chosen = round(min(1.0, likely[symbol]), 4)
    return Character(options=((symbol, chosen), *((s, min(p, chosen)) for s, p in others[:3])))
