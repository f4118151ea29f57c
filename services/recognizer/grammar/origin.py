"""Says of which country a plate's text speaks, and of which region of it."""

from __future__ import annotations

import math

from services.recognizer.contracts import RawText
from services.recognizer.grammar.fits import Fit, gap_evidence, gaps_seen
from services.recognizer.grammar.formats import Country, countries
from services.recognizer.grammar.index import admitting, user_weight
from services.recognizer.grammar.shapes import User

GAIN_EXPECTED, COUNTRY_SHARE = 4.0, 0.5


def origins(fit: Fit, raw: RawText, expected: tuple[str, ...]) -> dict[str, float]:
    """The countries that have such plates, likeliest first, with their shares of what is likely."""
    weights, marks = dict[str, float](), gaps_seen(raw, fit.kept)
    for entry in admitting(fit.text, expected):
        seen = gap_evidence(marks, entry.gaps)
        for user in entry.users:
            known = GAIN_EXPECTED * (user.country in expected)
            weight = math.exp(user_weight(user, expected) + entry.shape.telling + seen + known)
            weights[user.country] = max(weights.get(user.country, 0.0), weight)
    total = sum(weights.values())
    return {name: weights[name] / total for name in sorted(weights, key=weights.__getitem__, reverse=True)}


def outstanding(shares: dict[str, float]) -> str:
    """The country that the text speaks for, if it stands out; empty otherwise."""
    return next((name for name, share in shares.items() if share > COUNTRY_SHARE), "")


def region(fit: Fit, country: str, raw: RawText, expected: tuple[str, ...]) -> str:
    """What part of the country the text tells; empty when none, or when it can be parted in ways that tell others."""
    section = next((section for section in countries() if section.name == country), None)
    if section is None:
        return ""
    marks = gaps_seen(raw, fit.kept)
    told = [
        (round(user.likely + gap_evidence(marks, entry.gaps), 6), _told(fit.text, user, section))
        for entry in admitting(fit.text, expected)
        for user in entry.users
        if user.country == country
    ]
    best = max((weight for weight, _ in told), default=0.0)
    names = {name for weight, name in told if name and weight == best}
    return names.pop() if len(names) == 1 else ""


def _told(text: str, user: User, country: Country) -> str:
    if user.region:
        return user.region
    code = text[slice(*user.told)]
    keys = (code, *(f"{code[:length]}*" for length in range(len(code), 0, -1)))
    return next((country.regions[key] for key in keys if key in country.regions), "")
