"""Which column of a file is which field of an entry: by what its header says, or as somebody decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.api.transfer.cells import Cell, shown, text_of
from services.api.transfer.columns import COLUMNS, KNOWN, NAMES, PLATE, fold
from services.api.transfer.sheets import MOST_COLUMNS
from shared.errors import Invalid

ORDER = (PLATE, COLUMNS[0].name)
"""What the columns of a file without a header are: the plate, and a note."""


@dataclass(frozen=True)
class Layout:
    """Where each known field stands in a row (from 0), whether the first row is a header, and what is left out."""

    places: Mapping[str, int]
    header: bool
    called: Mapping[str, str]
    ignored: tuple[str, ...] = ()


def parse_choices(written: Sequence[str]) -> dict[str, str]:
    """`["note:Bemerkung", "plate:1", "owner:"]` → field → header or number from 1; empty = leave the field out.

    Raises:
        Invalid: with the names that there are.
    """
    choices: dict[str, str] = {}
    for one in written:
        name, colon, header = one.partition(":")
        if not colon or name.strip() not in NAMES:
            raise Invalid(f"A mapping is FIELD:HEADER or FIELD:NUMBER; the fields are {', '.join(NAMES)}", "map")
        choices[name.strip()] = header.strip()
    return choices


def layout_of(first: Sequence[Cell], choices: Mapping[str, str], header: bool | None = None) -> Layout:
    """Reads a file's first row.

    Args:
        header: whether it is a header; None finds out.

    Raises:
        Invalid: no column is the plate's, two are the same field's, or a chosen one is not there.
    """
    titles = [shown(cell) for cell in first]
    chosen, by_name = _chosen(titles, choices)
    found = _recognised(titles, choices)
    if header is None:
        header = by_name or PLATE in found or _is_words(titles)
    if not header:
        free = {place: name for place, name in enumerate(ORDER[: len(titles)]) if name not in choices}
        found = {name: place for place, name in free.items() if place not in chosen.values()}
    places = {**found, **chosen}
    if PLATE not in places:
        raise Invalid(
            f"No column of the first line ({', '.join(titles[:8])}) is known to hold plates; "
            "say which one does with map=plate:HEADER or map=plate:NUMBER",
            "map",
        )
    called = {name: titles[place] if header else f"column {place + 1}" for name, place in places.items()}
    left = [title for place, title in enumerate(titles) if place not in places.values() and title] if header else []
    return Layout(places, header, called, tuple(left[:50]))


def _chosen(titles: Sequence[str], choices: Mapping[str, str]) -> tuple[dict[str, int], bool]:
    """Places of the chosen columns, and whether one was chosen by its header."""
    folded = [fold(title) for title in titles]
    places: dict[str, int] = {}
    by_name = False
    for name, wanted in choices.items():
        if not wanted:
            continue
        if fold(wanted) in folded:
            places[name], by_name = folded.index(fold(wanted)), True
        elif wanted.isdecimal() and 1 <= int(wanted) <= MOST_COLUMNS:
            places[name] = int(wanted) - 1
        else:
            raise Invalid(f"The file has no column {wanted} ({', '.join(titles[:8])})", "map")
    return places, by_name


def _recognised(titles: Sequence[str], choices: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, title in enumerate(titles):
        name = KNOWN.get(fold(title))
        if name is None or name in choices:
            continue
        if name in found:
            raise Invalid(
                f"The columns {titles[found[name]]} and {title} both look like the field {name}; "
                f"choose one with map={name}:NUMBER",
                "map",
            )
        found[name] = place
    return found


def _is_words(titles: Sequence[str]) -> bool:
    """A row without any digit is no row of data, for hardly a plate has none."""
    return not any(letter.isdigit() for title in titles for letter in text_of(title))
