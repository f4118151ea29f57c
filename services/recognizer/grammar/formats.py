"""Loads formats.toml and signs.toml: what the plates of each country look like, as they are written there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
MIN_LENGTH, MAX_LENGTH = 4, 10


@dataclass(frozen=True)
class Country:
    """A section of formats.toml.

    Attributes:
        area: part of the world; countries of one area are more likely to be met together.
        series: what region the formats tell that are of one region alone, by format.
        regions: what region a code or the beginning of one tells.
    """

    name: str
    area: str
    formats: tuple[str, ...]
    rare: tuple[str, ...]
    local: tuple[str, ...]
    band: str
    letters: str
    codes: tuple[str, ...]
    series: Mapping[str, str]
    regions: Mapping[str, str]
    examples: tuple[str, ...]


@cache
def countries() -> tuple[Country, ...]:
    """All sections in the order of the file.

    Raises:
        KeyError: a section lacks its area, formats or examples.
    """
    text = files(__package__).joinpath("formats.toml").read_text(encoding="utf-8")
    return tuple(_country(name, section) for name, section in tomllib.loads(text).items())


@cache
def areas() -> Mapping[str, str]:
    """Area by country."""
    return {country.name: country.area for country in countries()}


@cache
def signs() -> re.Pattern[str]:
    """Matches a whole text that stands on vehicles or beside roads and is no plate."""
    text = files(__package__).joinpath("signs.toml").read_text(encoding="utf-8")
    return re.compile("|".join(f"(?:{pattern})" for pattern in tomllib.loads(text)["patterns"]))


def _country(name: str, section: Mapping[str, object]) -> Country:
    regions = {code: region for region, codes in _table(section, "regions").items() for code in codes.split()}
    kinds = {kind: _list(section, kind) for kind in ("formats", "rare", "local")}
    written = [entry.partition(" = ") for entries in kinds.values() for entry in entries]
    return Country(
        name=name,
        area=str(section["area"]),
        formats=_unnamed(kinds["formats"]),
        rare=_unnamed(kinds["rare"]),
        local=_unnamed(kinds["local"]),
        band=str(section.get("band", "")),
        letters=str(section.get("letters", LETTERS)),
        codes=tuple(str(section.get("codes", "")).split()) or tuple(regions),
        series={pattern: region for pattern, _, region in written if region},
        regions=regions,
        examples=_list(section, "examples"),
    )


def _unnamed(entries: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(entry.partition(" = ")[0] for entry in entries)


def _list(section: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = section.get(key, [])
    return tuple(str(entry) for entry in value) if isinstance(value, list) else ()


def _table(section: Mapping[str, object], key: str) -> dict[str, str]:
    value = section.get(key, {})
    return {str(name): str(codes) for name, codes in value.items()} if isinstance(value, dict) else {}
