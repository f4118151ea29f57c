"""Loads formats.toml and signs.toml once into shapes that the settling can walk quickly."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import NamedTuple

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
MIN_LENGTH, MAX_LENGTH = 4, 9
COST_RARE = 1.5

_TOKEN = re.compile(r"(?P<unit>[A91X]|\[[A-Z0-9]+\]|<[123]?>|[ .-])(?P<repeat>\?|\{\d,\d\})?")


@dataclass(frozen=True)
class User:
    """A country that has a shape.

    Attributes:
        likely: logarithm of how likely a plate of the country has this shape: the more formats, the less.
        code_telling: logarithm of how much a fitting district code speaks for the country: the fewer codes, the more.
        telling: the same of the whole text.
        local: only believed at cameras that expect this country.
        band: what its plates carry on the blue band.
    """

    country: str
    likely: float
    code_telling: float
    telling: float
    local: bool
    band: str


@dataclass(frozen=True)
class Shape:
    """One way a plate can be laid out: which characters each position allows and where groups end.

    Attributes:
        classes: allowed characters per position, in reading order.
        codes: if not empty, the text starts with one of these, all of one length.
        gaps: indices of characters before which the plate has a gap.
        users: the countries that have it.
    """

    classes: tuple[str, ...]
    codes: frozenset[str]
    gaps: frozenset[int]
    users: tuple[User, ...]

    @property
    def code_length(self) -> int:
        return len(next(iter(self.codes))) if self.codes else 0


class _Layout(NamedTuple):
    classes: tuple[str, ...]
    codes: frozenset[str]
    gaps: frozenset[int]


@dataclass(frozen=True)
class Country:
    """A section of formats.toml."""

    name: str
    formats: tuple[str, ...]
    rare: tuple[str, ...]
    local: tuple[str, ...]
    band: str
    letters: str
    codes: tuple[str, ...]
    examples: tuple[str, ...]


@cache
def countries() -> tuple[Country, ...]:
    text = files(__package__).joinpath("formats.toml").read_text(encoding="utf-8")
    return tuple(
        Country(
            name=name,
            formats=tuple(section["formats"]),
            rare=tuple(section.get("rare", ())),
            local=tuple(section.get("local", ())),
            band=section.get("band", ""),
            letters=section.get("letters", LETTERS),
            codes=tuple(section.get("codes", "").split()),
            examples=tuple(section["examples"]),
        )
        for name, section in tomllib.loads(text).items()
    )


@cache
def signs() -> re.Pattern[str]:
    """Matches a whole text that stands on vehicles or beside roads and is no plate."""
    text = files(__package__).joinpath("signs.toml").read_text(encoding="utf-8")
    return re.compile("|".join(f"(?:{pattern})" for pattern in tomllib.loads(text)["patterns"]))


@cache
def shapes() -> dict[int, tuple[Shape, ...]]:
    """All shapes by their length; equal ones of several countries are one."""
    users: dict[_Layout, dict[str, User]] = {}
    for country in countries():
        for written, cost, local in _written(country):
            for layout in _expand(written, country):
                user = User(country.name, -cost, *_telling(layout), local, country.band)
                users.setdefault(layout, {}).setdefault(country.name, user)
    by_length: dict[int, list[Shape]] = {}
    for layout, by_country in users.items():
        shape = Shape(layout.classes, layout.codes, layout.gaps, tuple(by_country.values()))
        by_length.setdefault(len(layout.classes), []).append(shape)
    return {length: tuple(found) for length, found in by_length.items()}


def _written(country: Country) -> list[tuple[str, float, bool]]:
    """Each format with what it costs and whether it is local; the more formats, the less each one tells.

    Half the logarithm, because a country's formats are not used equally.
    """
    many = math.log(len(country.formats)) / 2
    return [
        *((written, many, False) for written in country.formats),
        *((written, many + COST_RARE, False) for written in country.rare),
        *((written, many + COST_RARE, True) for written in country.local),
    ]


def _telling(layout: _Layout) -> tuple[float, float]:
    """How few texts fit among all with letters and digits at the same places: by the code alone, and in all."""
    head = len(next(iter(layout.codes))) if layout.codes else 0
    code = len(layout.codes) / len(LETTERS) ** head if head else 1.0
    wide = (len(c) / (len(LETTERS) if c[0] in LETTERS else len(DIGITS)) for c in layout.classes[head:])
    return -math.log(code), -math.log(code * math.prod(min(1.0, width) for width in wide))


def _expand(written: str, country: Country) -> list[_Layout]:
    """Every length a written format can have, within what a plate can have."""
    choices = [_repeats(match, country) for match in _TOKEN.finditer(written)]
    found = []
    for picked in product(*choices):
        classes: list[str] = []
        gaps: set[int] = set()
        codes: frozenset[str] = frozenset()
        for units in picked:
            if units == ("",):
                gaps.add(len(classes))
            elif units and units[0].startswith("<"):
                length = int(units[0][1:])
                codes = frozenset(code for code in country.codes if len(code) == length)
                classes += [LETTERS] * length
            else:
                classes += units
        if MIN_LENGTH <= len(classes) <= MAX_LENGTH:
            found.append(_Layout(tuple(classes), codes, frozenset(gaps)))
    return found


def _repeats(match: re.Match[str], country: Country) -> list[tuple[str, ...]]:
    unit, repeat = match["unit"], match["repeat"]
    if unit.startswith("<"):
        wanted = unit.strip("<>")
        lengths = {int(wanted)} if wanted else {len(code) for code in country.codes}
        return [(f"<{length}",) for length in sorted(lengths)]
    if unit in " .-":
        return [("",)]
    letters = country.letters
    units = {"A": letters, "9": DIGITS, "1": DIGITS[1:], "X": letters + DIGITS}
    allowed = units.get(unit, unit.strip("[]"))
    least, most = (0, 1) if repeat == "?" else (int(repeat[1]), int(repeat[3])) if repeat else (1, 1)
    return [(allowed,) * count for count in range(least, most + 1)]
