"""Plate text: one normal form for comparing, a skeleton for look-alikes, patterns and distance."""

from __future__ import annotations

import re
import unicodedata

from shared.errors import Invalid

MIN_LENGTH, MAX_LENGTH = 2, 16

# Cyrillic letters that UA, RU, BY, BG … plates use because they look Latin (Vienna Convention, annex 2).
_CYRILLIC = str.maketrans("АВЕКМНОРСТУХІЇЈЅ", "ABEKMHOPCTYXIIJS")
LOOK_ALIKES = ("OQDIZSBGT", "000125867")
"""What cameras and people confuse: each letter with the digit that stands for its group.

The index of list entries (function list_key) and the dictionary of plates hold skeletons; a change needs a migration.
"""
_SKELETON = str.maketrans(*LOOK_ALIKES)
_SEPARATORS = re.compile(r"[\s\-._·•–—/]+")


def normalise(text: str) -> str:
    """Upper case, NFKC, without separators, Cyrillic look-alikes as Latin. The form in which plates are compared."""
    # Upper case and taking separators away may both leave pieces that compose, so NFKC has the last word.
    folded = _nfkc(_nfkc(text).upper())
    return _nfkc(_SEPARATORS.sub("", folded)).translate(_CYRILLIC)


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def skeleton(plate: str) -> str:
    """The plate with look-alikes folded (O=0, B=8 …): equal skeletons may be the same plate misread."""
    return plate.translate(_SKELETON)


def parse_entry(typed: str) -> str:
    """Normal form of what somebody typed into a list; `?` and `*` are wildcards.

    Raises:
        Invalid: the sentence says what is wrong with it.
    """
    plate = normalise(typed)
    if not MIN_LENGTH <= len(plate) <= MAX_LENGTH:
        raise Invalid(f"A plate has {MIN_LENGTH} to {MAX_LENGTH} characters, this one has {len(plate)}", "plate")
    if wrong := sorted({c for c in plate if not (c.isalnum() or c in "?*")}):
        shown = " ".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in wrong)
        raise Invalid(f"A plate holds letters, digits, ? and * only, not {shown}", "plate")
    if not any(c.isalnum() for c in plate):
        raise Invalid("A pattern needs at least one letter or digit", "plate")
    return plate


def is_pattern(entry: str) -> bool:
    return "?" in entry or "*" in entry


def matches(entry: str, plate: str) -> bool:
    """Whether a list entry (normal form, maybe with wildcards) names this plate (normal form).

    Each part between stars is taken where it is found first, which leaves most of the plate to the parts behind it.
    """
    if "*" not in entry:
        return len(entry) == len(plate) and _begins(plate, entry, 0)
    first, *inner, last = entry.split("*")
    place, end = len(first), len(plate) - len(last)
    if place > end or not _begins(plate, first, 0) or not _begins(plate, last, end):
        return False
    for part in inner:
        found = (start for start in range(place, end - len(part) + 1) if _begins(plate, part, start))
        if (start := next(found, None)) is None:
            return False
        place = start + len(part)
    return True


def _begins(plate: str, part: str, start: int) -> bool:
    """Whether this part, which may hold `?` and fits into the plate, stands there."""
    return plate.startswith(part, start) or all(
        wanted in ("?", letter) for wanted, letter in zip(part, plate[start:], strict=False)
    )


def distance(a: str, b: str) -> int:
    """Levenshtein distance: how many characters were added, lost or changed."""
    if len(a) < len(b):
        a, b = b, a
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, cb in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (ca != cb))
    return row[len(b)]


def grams(plate: str) -> list[str]:
    """The plate's distinct parts of two and three characters, sorted: what a search by part of a plate goes through."""
    return sorted({plate[i : i + size] for size in (2, 3) for i in range(len(plate) - size + 1)})
