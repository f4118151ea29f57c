"""Keeps the shapes by where they have letters and digits, weighed for the countries that a camera expects."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from services.recognizer.grammar.formats import DIGITS, LETTERS, MIN_LENGTH, areas
from services.recognizer.grammar.shapes import Shape, User, shapes

COST_UNEXPECTED, COST_FAR = 1.0, 2.5
"""A country that a camera does not expect, of the same part of the world as an expected one and of another."""
TELLING = 0.4
"""How far a district code that exists speaks for a reading."""


class Entry(NamedTuple):
    """A shape with its users at this camera.

    Attributes:
        weight: what speaks for its best user before any character is looked at.
        bands: the same of the best user with that band.
        gaps: the shape's, one bit per place.
        home: an expected country has it.
    """

    shape: Shape
    users: tuple[User, ...]
    weight: float
    bands: Mapping[str, float]
    gaps: int
    home: bool


class Group(NamedTuple):
    """Shapes with letters and digits at the same places; one bit per place, none where both are allowed.

    Attributes:
        entries: what speaks most for first.
        gaps: places where any of them has a gap.
    """

    letters: int
    digits: int
    entries: tuple[Entry, ...]
    gaps: int


class Known(NamedTuple):
    """All shapes that a camera can meet.

    Attributes:
        groups: by the shapes' length.
        bands: what blue bands say.
        most: what speaks for the likeliest shape before any character is looked at.
    """

    groups: Mapping[int, tuple[Group, ...]]
    bands: frozenset[str]
    most: float


@lru_cache(maxsize=64)
def known(expected: tuple[str, ...]) -> Known:
    """What a camera with these expected countries can meet; kept, because a camera asks with every text."""
    found: dict[int, dict[tuple[int, int], list[Entry]]] = {}
    for length, laid_out in shapes().items():
        for shape in laid_out:
            if entry := _entry(shape, expected):
                found.setdefault(length, {}).setdefault(_places(shape), []).append(entry)
    entries = [entry for by_places in found.values() for same in by_places.values() for entry in same]
    return Known(
        groups={
            length: tuple(_group(places, same) for places, same in by_places.items())
            for length, by_places in found.items()
        },
        bands=frozenset(band for entry in entries for band in entry.bands),
        most=max(entry.weight for entry in entries),
    )


def admitting(text: str, expected: tuple[str, ...]) -> list[Entry]:
    """The shapes that a text as it stands could have."""
    letters = sum(1 << i for i, c in enumerate(text) if c in LETTERS)
    digits = sum(1 << i for i, c in enumerate(text) if c in DIGITS)
    return [
        entry
        for group in known(expected).groups.get(len(text), ())
        if not (group.letters & ~letters or group.digits & ~digits)
        for entry in group.entries
        if entry.shape.admits(text)
    ]


def user_weight(user: User, expected: tuple[str, ...]) -> float:
    """What speaks for a country before any character is looked at; expected ones weigh more and force nothing."""
    if not expected or user.country in expected:
        return user.likely
    area = areas()[user.country]
    return user.likely - (COST_UNEXPECTED if any(areas().get(name) == area for name in expected) else COST_FAR)


def _group(places: tuple[int, int], entries: list[Entry]) -> Group:
    ranked = sorted(entries, key=lambda entry: entry.weight, reverse=True)
    return Group(*places, tuple(ranked), reduce(or_, (entry.gaps for entry in entries), 0))


def _entry(shape: Shape, expected: tuple[str, ...]) -> Entry | None:
    short = len(shape.classes) == MIN_LENGTH
    users = tuple(user for user in shape.users if user.country in expected or not (user.local or short))
    if not users:
        return None
    weights = [(user.band, user_weight(user, expected) + TELLING * shape.code_telling) for user in users]
    bands = {band: max(weight for other, weight in weights if other == band) for band, _ in weights if band}
    return Entry(
        shape=shape,
        users=users,
        weight=max(weight for _, weight in weights),
        bands=bands,
        gaps=sum(1 << gap for gap in shape.gaps),
        home=any(user.country in expected for user in users),
    )


def _places(shape: Shape) -> tuple[int, int]:
    """Bits of the places with letters only and of those with digits only."""
    letters = sum(1 << i for i, allowed in enumerate(shape.classes) if set(allowed) <= set(LETTERS))
    digits = sum(1 << i for i, allowed in enumerate(shape.classes) if set(allowed) <= set(DIGITS))
    return letters, digits
