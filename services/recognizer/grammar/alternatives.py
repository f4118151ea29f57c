"""Lists which other plates a place could carry, so that an operator sees what was decided against."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.recognizer.contracts import RawText
from services.recognizer.grammar.fits import BEHIND_BEST, FLOOR, Fit
from services.recognizer.grammar.origin import origins, outstanding
from shared.messages import Character

MOST_ALTERNATIVES, MOST_OTHER_COUNTRIES = 3, 2


@dataclass(frozen=True)
class Alternative:
    """Another plate that was considered at a place: another text, or the same text of another country.

    Attributes:
        country: ISO alpha-3; empty when none stands out.
        margin: by how much the chosen plate is better, logarithmic: 0 is as good, 2.3 is ten times less likely.
    """

    text: str
    country: str
    margin: float


def other_countries(text: str, country: str, shares: dict[str, float]) -> Iterator[Alternative]:
    """The same text of other countries; few, so that they leave room for other texts."""
    chosen = shares.get(country) or max(shares.values(), default=1.0)
    others = [(name, share) for name, share in shares.items() if name != country]
    for name, share in others[:MOST_OTHER_COUNTRIES]:
        yield Alternative(text, name, max(0.0, math.log(chosen / share)))


def other_texts(
    best: Fit, fits: Sequence[Fit], characters: Sequence[Character], raw: RawText, expected: tuple[str, ...]
) -> Iterator[Alternative]:
    """What other shapes made of the text, and the chosen shape with its most doubtful characters read otherwise."""
    nearest: dict[str, Fit] = {}
    for fit in sorted((*fits, *_second_choices(best, characters)), key=lambda fit: fit.score, reverse=True):
        if fit.text != best.text:
            nearest.setdefault(fit.text, fit)
    for fit in list(nearest.values())[:MOST_ALTERNATIVES]:
        country = outstanding(origins(fit, raw, expected)) if fit.entry else ""
        yield Alternative(fit.text, country, max(0.0, best.score - fit.score))


def nearest_first(alternatives: Sequence[Alternative]) -> tuple[Alternative, ...]:
    """At most three, and none that is hopeless."""
    likely = [replace(other, margin=round(other.margin, 3)) for other in alternatives if other.margin < BEHIND_BEST]
    return tuple(sorted(likely, key=lambda other: other.margin)[:MOST_ALTERNATIVES])


def _second_choices(best: Fit, characters: Sequence[Character]) -> Iterator[Fit]:
    for place, character in enumerate(characters):
        for symbol, probability in character.options[1:2]:
            text = best.text[:place] + symbol + best.text[place + 1 :]
            lost = math.log(character.probability / max(FLOOR, probability))
            yield replace(best, text=text, score=best.score - lost)
