"""The parts of a workbook (ECMA-376 part 1, 18): its shared texts, which styles are dates, and the rows of a sheet."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.api.transfer.cells import Cell
from services.api.transfer.xml_parts import Part

MOST_COLUMNS = 64

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_OF_DATES = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}


@dataclass(frozen=True)
class Book:
    """What the cells of a sheet refer to."""

    texts: Sequence[str] = ()
    dates: Container[str] = frozenset()
    since_1904: bool = False

    def value(self, kind: str, style: str, text: str) -> Cell:
        """A cell's value. Raises ValueError and IndexError for what refers to nothing."""
        if kind == "s":
            return self.texts[int(text)]
        if kind in ("str", "inlineStr"):
            return unescaped(text)
        if kind == "d":
            return datetime.fromisoformat(text)
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind != "n":
            # An error, such as #N/A.
            return text
        number = int(text) if text.lstrip("-").isdecimal() else float(text)
        return self._moment(number) if style in self.dates else number

    def _moment(self, days: float) -> Cell:
        try:
            return _EPOCHS[self.since_1904] + timedelta(seconds=round(days * 86_400))
        except OverflowError:
            return days


class Elements(Part[tuple[str, str, dict[str, str]]]):
    """All elements of a small part: (name of the one around it, name, attributes)."""

    def __init__(self) -> None:
        super().__init__()
        self._around = [""]

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.tell((self._around[-1], name, attributes))
        self._around.append(name)

    def end(self, name: str) -> None:  # noqa: ARG002
        self._around.pop()


class SharedTexts(Part[str]):
    """The texts that cells refer to by number; of formatted ones the plain text, without reading aids."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._wanted = self._aid = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        self._wanted = name == "t" and not self._aid
        self._aid = self._aid or name == "rPh"

    def text(self, text: str) -> None:
        if self._wanted:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        self._wanted = False
        if name == "rPh":
            self._aid = False
        elif name == "si":
            self.tell(unescaped("".join(self._pieces)))
            self._pieces = []


class Rows(Part[tuple[int, list[Cell]]]):
    """The rows of a sheet with their numbers; of a formula its last result."""

    def __init__(self, book: Book) -> None:
        super().__init__()
        self._book = book
        self._row, self._cells = 0, list[Cell]()
        self._column, self._kind, self._style = 0, "n", ""
        self._pieces: list[str] = []
        self._wanted = False
        self._columns: dict[str, int] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = attributes.get("r")
            self._column = self._column_of(place.rstrip("0123456789")) if place else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        elif name in ("v", "t"):
            self._wanted = True
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() and len(number) < 9 else self._row + 1
            self._column, self._cells = 0, []

    def text(self, text: str) -> None:
        if self._wanted:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._wanted = False
        elif name == "c" and self._pieces:
            self._put(self._book.value(self._kind, self._style, "".join(self._pieces)))
            self._pieces = []
        elif name == "row" and self._cells:
            self.tell((self._row, self._cells))

    def _put(self, value: Cell) -> None:
        if 0 < self._column <= MOST_COLUMNS:
            self._cells.extend([None] * (self._column - len(self._cells)))
            self._cells[self._column - 1] = value

    def _column_of(self, letters: str) -> int:
        """A is 1, AA is 27."""
        if letters not in self._columns:
            number = 0
            for letter in letters[:4].upper():
                number = number * 26 + ord(letter) - 64
            self._columns[letters] = number
        return self._columns[letters]


def unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes characters that XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text


def is_date(number: int, code: str) -> bool:
    """Whether a number format shows dates: one of the built-in ones, or with letters of days, months, years, hours."""
    return number in _BUILT_IN_DATES or any(letter in "dmyhs" for letter in _NOT_OF_DATES.sub("", code.lower()))
