"""Reads lists in JSON, one entry at a time, so that a large file costs its text and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from services.api.transfer.cells import Cell
from services.api.transfer.columns import KNOWN, NAMES, PLATE, fold
from services.api.transfer.tables import Row
from shared.errors import Invalid

ARRAYS = ("entries", "plates", "list")
SHAPE = 'JSON holds an array of plates or of objects, bare or as the "entries" or "plates" of an object'

_decoder = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_ARRAY = re.compile(rf'"(?:{"|".join(ARRAYS[:2])})"\s*:\s*\[')


def read_document(path: Path, codec: str) -> Iterator[Row]:
    """First a row with the fields' names, then an entry a row. Raises Invalid with the line's number."""
    try:
        text = path.read_text(encoding=codec)
    except UnicodeError:
        raise Invalid("The file does not fit its encoding", "encoding") from None
    start = _start(text)
    keys = _keys(text, start)
    yield 1, keys
    for line, entry in _elements(text, start):
        yield line, tuple(entry.get(key) for key in keys) if isinstance(entry, dict) else _lone(entry, keys)


def _keys(text: str, start: int) -> tuple[str, ...]:
    """Every key that any entry has; a plain string is a plate."""
    keys: dict[str, None] = {}
    for _line, entry in _elements(text, start):
        keys.update(dict.fromkeys(entry) if isinstance(entry, dict) else {PLATE: None})
        if len(keys) > 64:
            raise Invalid(f"The entries have more than 64 different keys; known are {', '.join(NAMES)}", "file")
    if PLATE in keys and len(keys) > 1:
        # A plate beside "License Plate" would be two columns for one field; the plain name wins.
        return tuple(key for key in keys if key == PLATE or KNOWN.get(fold(key)) != PLATE)
    return tuple(keys) or (PLATE,)


def _lone(entry: Cell, keys: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(entry if key == PLATE else None for key in keys)


def _start(text: str) -> int:
    """Where the array's first element begins. Raises Invalid."""
    at = _skip(text, 0)
    if text[at : at + 1] == "[":
        return at + 1
    found = _ARRAY.search(text, at) if text[at : at + 1] == "{" else None
    if found is None:
        raise Invalid(SHAPE, "file")
    return found.end()


def _elements(text: str, at: int) -> Iterator[tuple[int, Cell]]:
    line, counted = 1, 0
    at = _skip(text, at)
    if text[at : at + 1] == "]":
        return
    while True:
        line, counted = line + text.count("\n", counted, at), at
        try:
            entry, at = _decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise Invalid(f"Line {line}: what begins there is not JSON", "file") from None
        yield line, entry
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            return
        if text[at : at + 1] != ",":
            raise Invalid(f"Line {line}: a comma or the array's end is missing after this entry", "file")
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
