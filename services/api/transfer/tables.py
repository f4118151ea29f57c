"""Reads files with lists as rows of cells: which form a file has, CSV, and plain text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from services.api.transfer.cells import Cell
from services.api.transfer.columns import KNOWN, PLATE, fold
from shared.errors import Invalid

Row = tuple[int, Sequence[Cell]]
"""Number of the row's line in the file (from 1; a spreadsheet's row, a JSON file's line), and its cells."""

_SEPARATORS = re.compile(r"[,;\t]")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n?", re.IGNORECASE)
MOST_IN_A_CELL = 100_000


class Delimiter(StrEnum):
    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"

    @property
    def character(self) -> str:
        return {"comma": ",", "semicolon": ";", "tab": "\t"}[self.value]


class Form(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    TEXT = "text"


def form_of(path: Path, name: str = "") -> Form | None:
    """The form by the file's first bytes or its name's ending; None: some text, whose first line tells more.

    Raises:
        Invalid: an old or locked workbook, which nothing here reads.
    """
    with path.open("rb") as file:
        head = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"PK\x03\x04"):
        return Form.XLSX
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid("This is an old workbook (.xls) or one with a password: save it as .xlsx without one", "file")
    if head.startswith((b"{", b"[")):
        return Form.JSON
    return {".csv": Form.CSV, ".json": Form.JSON}.get(Path(name).suffix.lower())


def has_header(path: Path, codec: str) -> bool:
    """Whether a text's first line names a column of plates, which makes the file CSV."""
    with _opened(path, codec) as file:
        line = _first_line(file, path)
    return any(KNOWN.get(fold(cell.strip('"'))) == PLATE for cell in _SEPARATORS.split(line.strip()))


def read_csv(path: Path, codec: str, asked: Delimiter | None = None) -> Iterator[Row]:
    """Rows that hold anything. Excel's first line `sep=;` is obeyed. Raises Invalid with the line's number."""
    with _opened(path, codec) as file:
        line = _first_line(file, path)
        told = _SEPARATOR_LINE.fullmatch(line)
        found = told.group(1) if told else _most_frequent(line)
        if not told:
            file.seek(0)
        csv.field_size_limit(MOST_IN_A_CELL)
        yield from _csv_rows(
            csv.reader(file, delimiter=asked.character if asked else found, strict=True), 1 if told else 0
        )


def _csv_rows(reader: Iterator[list[str]], before: int) -> Iterator[Row]:
    while True:
        line = before + reader.line_num + 1  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except UnicodeError:
            raise Invalid(f"Line {line} or one soon after it does not fit the file's encoding", "encoding") from None
        except csv.Error as error:
            raise Invalid(f"Line {line}: the quotes or the length of a cell are wrong ({error})", "file") from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def read_text(path: Path, codec: str) -> Iterator[Row]:
    """One plate a row; plates are separated by new lines, commas, semicolons or tabs. Raises Invalid."""
    with _opened(path, codec, None) as file:
        for number, line in _numbered(file):
            for piece in _SEPARATORS.split(line):
                if piece.strip():
                    yield number, (piece,)


def lines_in(path: Path) -> int:
    """How many lines a text has, nearly: enough for showing progress."""
    with path.open("rb") as file:
        return 1 + sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 16), b""))


def _numbered(file: TextIO) -> Iterator[tuple[int, str]]:
    number = 0
    while True:
        number += 1
        try:
            line = file.readline()
        except UnicodeError:
            raise Invalid(f"Line {number} or one soon after it does not fit the file's encoding", "encoding") from None
        if not line:
            return
        yield number, line


def _opened(path: Path, codec: str, newline: str | None = "") -> TextIO:
    return path.open(encoding=codec, newline=newline)


def _first_line(file: TextIO, path: Path) -> str:
    """The first line that holds anything."""
    try:
        line = next((line for line in iter(file.readline, "") if line.strip()), "")
    except UnicodeError:
        raise Invalid("The file's beginning does not fit its encoding", "encoding") from None
    if not line:
        raise Invalid(f"The file holds nothing ({path.stat().st_size} bytes)", "file")
    return line


def _most_frequent(line: str) -> str:
    outside = re.sub(r'"[^"]*"', "", line)
    return max((one.character for one in Delimiter), key=outside.count)
