"""How an entry of a list names a plate, and under which few keys the database finds the entries that may.

`how` has the last word. Before it the function `list_key` of the database gives each entry one key, and `keys` gives
those of a plate: whatever names the plate stands under one of them.
"""

from __future__ import annotations

import unicodedata
from typing import Literal, get_args

from shared.plates import is_pattern, matches, skeleton

Match = Literal["strict", "look_alike", "one_off"]
"""What a list takes for the same plate: its normal form only, look-alikes too, or also one character's difference."""
How = Literal["exact", "pattern", "look_alike", "one_off"]
HOWS: tuple[How, ...] = get_args(How)
"""Ways in which an entry names a plate, surest first."""

LETTERS = "0123456789ACEFHJKLMNPRUVWXY"
"""Of which the skeletons of Latin plates consist."""
BUCKETS = "abcdefgh"
_BLOCK = 128
_BUCKET_OF = dict(zip(LETTERS, "abcdefghababcdefghabcdefgha", strict=True))


def how(entry: str, plate: str, match: Match) -> How | None:
    """In which way the entry names the plate, the surest one; None when it does not. Both are in normal form.

    A pattern may name a plate through look-alikes, but is never stretched by a character.
    """
    if matches(entry, plate):
        return "pattern" if is_pattern(entry) else "exact"
    if match == "strict":
        return None
    wanted, seen = skeleton(entry), skeleton(plate)
    if matches(wanted, seen):
        return "look_alike"
    return "one_off" if match == "one_off" and not is_pattern(entry) and within_one(wanted, seen) else None


def within_one(a: str, b: str) -> bool:
    """Whether at most one character was added, lost or changed: distance(a, b) <= 1, in a tenth of the time."""
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[same:], b[same:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:]


def near(text: str, letters: str) -> set[str]:
    """The text and all texts of these letters that are one character away."""
    found = {text}
    for place in range(len(text) + 1):
        before, after = text[:place], text[place:]
        found.update([before + letter + after for letter in letters])
        if after:
            found.add(before + after[1:])
            found.update([before + letter + after[1:] for letter in letters])
    return found


def letters_of(text: str) -> str:
    """What skeletons of this text's scripts may hold: the Latin letters, and those near others in Unicode."""
    return "".join(sorted(set(LETTERS).union(*(_relatives(letter) for letter in text if letter not in LETTERS))))


def _relatives(letter: str) -> set[str]:
    """Letters and digits near this one in Unicode, as they stand in normal form."""
    start = ord(letter) - ord(letter) % _BLOCK
    around = (chr(code) for code in range(start, start + _BLOCK))
    return {c for c in around if c.isalnum() and c == c.upper() and unicodedata.is_normalized("NFKC", c)}


def keys(plate: str, *, one_off: bool) -> set[str]:
    """The keys of all entries that may name this plate (normal form) in any way.

    An entry's key is its skeleton with the characters put into eight buckets, so that a plate has 130 neighbours
    instead of 500. A pattern's key is a star and the first three characters of its longest part without wildcards.
    """
    seen = skeleton(plate)
    coarse = "".join(_BUCKET_OF.get(letter, BUCKETS[-1]) for letter in seen)
    found = near(coarse, BUCKETS) if one_off else {coarse}
    found.update(["*" + seen[place : place + length] for place in range(len(seen)) for length in (1, 2, 3)])
    return found


def masks(plate: str, *, one_off: bool) -> set[str]:
    """What the skeletons of entries without wildcards that may name this plate are LIKE; `_` is any character."""
    seen = skeleton(plate)
    return near(seen, "_") if one_off else {seen}
