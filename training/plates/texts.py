"""Draws plate texts: some from the product's country formats, some free, so that a reader learns shapes, not habits."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from services.recognizer.grammar.formats import DIGITS, LETTERS, Country, countries

FREE_SHARE = 0.4
RARE_FORMAT_SHARE = 0.25
_SHARES = {"USA": 6.0, "BRA": 5.0, "DEU": 4.0, "CAN": 3.0, "TWN": 3.0, "IND": 3.0, "MEX": 2.0, "ARG": 2.0, "AUS": 2.0}
"""How often a country is drawn; others twice if their plates have a band, else once."""
MOST = 10
"""Characters; more than this does not fit the steps of a reader."""

_TOKEN = re.compile(r"(?P<unit>[A-Z0-9]|\[[A-Z0-9]+\]|<[0-9]?>|[ .-])(?P<repeat>\?|\{\d,\d\})?")
_NOT_OFTEN_DRAWN = "QJVXZWKOI"


@dataclass(frozen=True)
class PlateText:
    """What stands on a plate.

    Attributes:
        country: ISO alpha-3, or empty for a free text.
        groups: characters between gaps, in reading order; none is empty.
        gaps: what separates two groups: space, dash or dot; one less than groups.
    """

    country: str
    groups: tuple[str, ...]
    gaps: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.groups)


class TextSampler:
    """Knows all written formats of the product's grammar."""

    def __init__(self) -> None:
        self._countries = countries()
        shares = np.array([_SHARES.get(c.name, 2.0 if c.band else 1.0) for c in self._countries])
        self._bounds = np.cumsum(shares / shares.sum())

    def draw(self, rng: np.random.Generator) -> PlateText:
        if rng.random() < FREE_SHARE:
            return _free(rng)
        country = self._countries[min(int(np.searchsorted(self._bounds, rng.random())), len(self._countries) - 1)]
        seldom = (*country.rare, *country.local)
        pool = seldom if seldom and rng.random() < RARE_FORMAT_SHARE else country.formats or seldom
        text = _written(pool[rng.integers(len(pool))], country, rng)
        return text if 2 <= len(text.text) <= MOST else _free(rng)


def _written(pattern: str, country: Country, rng: np.random.Generator) -> PlateText:
    groups, gaps = [""], list[str]()
    for match in _TOKEN.finditer(pattern):
        unit = match["unit"]
        if unit in " .-":
            if groups[-1] and rng.random() < (0.5 if match["repeat"] else 1.0):
                groups.append("")
                gaps.append(unit)
            continue
        groups[-1] += "".join(_one(unit, country, rng) for _ in range(_count(match["repeat"], rng)))
    while groups and not groups[-1]:
        groups.pop()
        del gaps[len(groups) - 1 :]
    return PlateText(country.name, tuple(groups), tuple(gaps))


def _count(repeat: str | None, rng: np.random.Generator) -> int:
    if repeat is None:
        return 1
    return int(rng.integers(2)) if repeat == "?" else int(rng.integers(int(repeat[1]), int(repeat[3]) + 1))


def _one(unit: str, country: Country, rng: np.random.Generator) -> str:
    if unit.startswith("<"):
        wanted = unit.strip("<>")
        codes = [code for code in country.codes if not wanted or len(code) == int(wanted)]
        return _pick(codes, rng) if codes else ""
    choices = {"A": country.letters, "9": DIGITS, "1": DIGITS[1:], "X": country.letters + DIGITS}
    return _pick(choices.get(unit, unit.strip("[]")), rng)


def _pick(choices: str | list[str], rng: np.random.Generator) -> str:
    return choices[rng.integers(len(choices))]


def _free(rng: np.random.Generator) -> PlateText:
    """Runs of letters and digits of any order, sometimes with rare letters or the same one over and over."""
    length = int(rng.choice([2, 3, 4, 5, 6, 7, 8, 9, 10], p=[0.02, 0.04, 0.08, 0.14, 0.22, 0.25, 0.15, 0.08, 0.02]))
    text = ""
    while len(text) < length:
        alphabet = (LETTERS, DIGITS, LETTERS + DIGITS, _NOT_OFTEN_DRAWN)[rng.choice(4, p=[0.4, 0.4, 0.14, 0.06])]
        text += "".join(_pick(alphabet, rng) for _ in range(rng.integers(1, 5)))
        if rng.random() < 0.12:
            text += text[-1] * int(rng.integers(1, 4))
    text = text[:length]
    cuts = [i for i in range(1, length) if rng.random() < (0.5 if text[i].isdigit() != text[i - 1].isdigit() else 0.06)]
    groups = tuple(text[a:b] for a, b in zip([0, *cuts], [*cuts, length], strict=True))
    gap = _pick("  -.", rng)
    return PlateText("", groups, (gap,) * len(cuts))
