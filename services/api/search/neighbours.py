"""All texts that are one character away: a few hundred look-ups in an index replace a walk through all plates."""

from __future__ import annotations

import string
import unicodedata

from shared.plates import skeleton

_LATIN = frozenset(skeleton(string.ascii_uppercase + string.digits))
_BLOCK = 128


def one_off(folded: str) -> list[str]:
    """Skeletons with one character more, less or different, in any script that the text itself uses."""
    letters = _LATIN.union(*(_relatives(letter) for letter in folded if letter not in _LATIN))
    found: set[str] = set()
    for place in range(len(folded) + 1):
        before, after = folded[:place], folded[place:]
        found.update(before + letter + after for letter in letters)
        if after:
            found.add(before + after[1:])
            found.update(before + letter + after[1:] for letter in letters)
    return sorted(found - {folded, ""})


def _relatives(letter: str) -> set[str]:
    """Letters and digits near this one in Unicode, as they stand in normal form."""
    start = ord(letter) - ord(letter) % _BLOCK
    near = (chr(code) for code in range(start, start + _BLOCK))
    return {c for c in near if c.isalnum() and c == c.upper() and unicodedata.is_normalized("NFKC", c)}
