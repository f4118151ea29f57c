"""Turns the written formats into shapes: what each position of a plate of one length may be, and who has it so."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

from services.recognizer.grammar.formats import DIGITS, LETTERS, MAX_LENGTH, MIN_LENGTH, Country, countries

COST_RARE = 1.5

_TOKEN = re.compile(r"(?P<unit>[A91X()]|\[[A-Z0-9]+\]|<[123]?>|[ .-])(?P<repeat>\?|\{\d,\d\})?")


@dataclass(frozen=True)
class User:
    """A country that has a shape.

    Attributes:
        likely: logarithm of how likely a plate of the country has this shape: the more formats, the less.
        local: only believed at cameras that expect this country.
        band: what its plates carry on the blue band.
        told: which characters tell the region, first and one past the last; equal = none.
        region: what the shape itself tells.
    """

    country: str
    likely: float
    local: bool
    band: str
    told: tuple[int, int]
    region: str


@dataclass(frozen=True)
class Shape:
    """One way a plate can be laid out: which characters each position allows and where groups end.

    Attributes:
        classes: allowed characters per position, in reading order.
        codes: if not empty, the text starts with one of these, all of one length.
        gaps: indices of characters before which the plate has a gap.
        users: the countries that have it.
        code_telling: logarithm of how much a fitting code speaks for the shape: the fewer codes, the more.
        telling: the same of the whole text.
    """

    classes: tuple[str, ...]
    codes: frozenset[str]
    gaps: frozenset[int]
    users: tuple[User, ...]
    code_telling: float
    telling: float

    @property
    def code_length(self) -> int:
        return len(next(iter(self.codes))) if self.codes else 0

    def admits(self, text: str) -> bool:
        """Whether a text of this length could be such a plate."""
        if self.codes and text[: self.code_length] not in self.codes:
            return False
        return all(c in allowed for c, allowed in zip(text, self.classes, strict=True))


class _Layout(NamedTuple):
    classes: tuple[str, ...]
    codes: frozenset[str]
    gaps: frozenset[int]


@cache
def shapes() -> dict[int, tuple[Shape, ...]]:
    """All shapes by their length; equal ones of several countries are one.

    Raises:
        ValueError: a format is written in a way that nobody knows.
    """
    users: dict[_Layout, dict[str, User]] = {}
    for country in countries():
        for written, cost, local in _written(country):
            for layout, told in _expand(written, country):
                user = User(country.name, -cost, local, country.band, told, country.series.get(written, ""))
                users.setdefault(layout, {}).setdefault(country.name, user)
    by_length: dict[int, list[Shape]] = {}
    for layout, by_country in users.items():
        shape = Shape(*layout, tuple(by_country.values()), *_telling(layout))
        by_length.setdefault(len(layout.classes), []).append(shape)
    return {length: tuple(found) for length, found in by_length.items()}


def _written(country: Country) -> list[tuple[str, float, bool]]:
    """Each format with what it costs and whether it is local; the more formats, the less each one tells.

    Half the logarithm, because a country's formats are not used equally.
    """
    many = math.log(max(1, len(country.formats))) / 2
    return [
        *((written, many, False) for written in country.formats),
        *((written, many + COST_RARE, False) for written in country.rare),
        *((written, many + COST_RARE, True) for written in country.local),
    ]


def _telling(layout: _Layout) -> tuple[float, float]:
    """How few texts fit among all with letters and digits at the same places: by the code alone, and in all."""
    head = len(next(iter(layout.codes))) if layout.codes else 0
    code = len(layout.codes) / math.prod(_alphabet(c) for c in layout.classes[:head]) if head else 1.0
    wide = (len(c) / _alphabet(c) for c in layout.classes[head:])
    return -math.log(code), -math.log(code * math.prod(min(1.0, width) for width in wide))


def _alphabet(allowed: str) -> int:
    return len(LETTERS) if allowed[0] in LETTERS else len(DIGITS)


def _expand(written: str, country: Country) -> list[tuple[_Layout, tuple[int, int]]]:
    """Every length a written format can have, within what a plate can have."""
    tokens = list(_TOKEN.finditer(written))
    if "".join(match[0] for match in tokens) != written:
        raise ValueError(f"{country.name} has a format that cannot be understood: {written}")
    spelled = (_lay_out(picked, country) for picked in product(*(_repeats(match, country) for match in tokens)))
    return [(layout, told) for layout, told in spelled if MIN_LENGTH <= len(layout.classes) <= MAX_LENGTH]


def _lay_out(picked: tuple[tuple[str, ...], ...], country: Country) -> tuple[_Layout, tuple[int, int]]:
    classes: list[str] = []
    gaps: set[int] = set()
    codes: frozenset[str] = frozenset()
    opened = closed = 0
    for units in picked:
        if units == ("",):
            gaps.add(len(classes))
        elif units == ("(",):
            opened = len(classes)
        elif units == (")",):
            closed = len(classes)
        elif units and units[0].startswith("<"):
            codes = frozenset(code for code in country.codes if len(code) == int(units[0][1:]))
            classes += _code_classes(codes)
            closed = closed or len(classes) * bool(country.regions)
        else:
            classes += units
    return _Layout(tuple(classes), codes, frozenset(gaps)), (opened, closed)


def _code_classes(codes: frozenset[str]) -> list[str]:
    """Letters, digits or both per position: wider than the codes, so that a doubt about a code stays visible."""
    columns = ["".join(column) for column in zip(*codes, strict=True)]
    return [LETTERS if column.isalpha() else DIGITS if column.isdigit() else LETTERS + DIGITS for column in columns]


def _repeats(match: re.Match[str], country: Country) -> list[tuple[str, ...]]:
    unit, repeat = match["unit"], match["repeat"]
    if unit.startswith("<"):
        wanted = unit.strip("<>")
        lengths = {int(wanted)} if wanted else {len(code) for code in country.codes}
        return [(f"<{length}",) for length in sorted(lengths)]
    if unit in "()":
        return [(unit,)]
    if unit in " .-":
        return [("",)]
    letters = country.letters
    units = {"A": letters, "9": DIGITS, "1": DIGITS[1:], "X": letters + DIGITS}
    allowed = units.get(unit, unit.strip("[]"))
    least, most = (0, 1) if repeat == "?" else (int(repeat[1]), int(repeat[3])) if repeat else (1, 1)
    return [(allowed,) * count for count in range(least, most + 1)]
