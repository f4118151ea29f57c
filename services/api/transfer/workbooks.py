"""Reads the first sheet of an XLSX workbook: data only, row by row, and nothing that was built to harm.

Our own reader (ADR-0014): of the libraries one takes three times as long, and one ends the process over two far cells.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from services.api.transfer.sheets import Book, Elements, Rows, SharedTexts, is_date
from services.api.transfer.tables import Row
from services.api.transfer.xml_parts import BROKEN
from shared.errors import Invalid

MOST_PARTS = 2000
MOST_SHEET, MOST_TEXTS, MOST_OTHER = 500_000_000, 100_000_000, 10_000_000
"""Bytes that a sheet, the shared texts, and any part that describes them may have unpacked; a million rows fit."""

_FAULTS = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, IndexError, KeyError, NotImplementedError,
    OverflowError, RuntimeError, ValueError,
)  # fmt: skip
"""What a file that is damaged, or never was a workbook, makes the parsers raise."""


def read_workbook(file: Path | BinaryIO) -> Iterator[Row]:
    """Rows of the first sheet that hold anything. Raises Invalid."""
    rows = _rows(file)
    while True:
        try:
            row = next(rows, None)
        except _FAULTS:
            raise Invalid(BROKEN, "file") from None
        if row is None:
            return
        yield row


def _rows(file: Path | BinaryIO) -> Iterator[Row]:
    with zipfile.ZipFile(file) as archive:
        if len(archive.infolist()) > MOST_PARTS:
            raise Invalid(BROKEN, "file")
        parts = _Parts(archive)
        sheet = parts.first_sheet()
        _within(archive, sheet, MOST_SHEET)
        for number, cells in Rows(parts.book()).read(archive, sheet):
            if any(cell not in (None, "") for cell in cells):
                yield number, cells


def _within(archive: zipfile.ZipFile, name: str, most: int) -> None:
    """Raises Invalid before anything is unpacked; zipfile never unpacks more than the size that a part declares."""
    if archive.getinfo(name).file_size > most:
        raise Invalid("The workbook unpacks to more than is accepted here", "file")


class _Parts:
    """Finds the parts of a workbook by the relations between them, as the package format wants it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._workbook = self._related("", "officeDocument")[""]
        self._elements = list(self._described(self._workbook))

    def first_sheet(self) -> str:
        """Raises KeyError when there is none."""
        sheets = self._related(self._workbook, "worksheet")
        for _around, name, attributes in self._elements:
            identity = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            if name == "sheet" and identity in sheets:
                return sheets[identity]
        raise KeyError("sheet")

    def book(self) -> Book:
        texts = self._related(self._workbook, "sharedStrings").get("")
        styles = self._related(self._workbook, "styles").get("")
        since_1904 = any(
            name == "workbookPr" and attributes.get("date1904") in ("1", "true")
            for _around, name, attributes in self._elements
        )
        return Book(self._texts(texts) if texts else (), self._dates(styles) if styles else frozenset(), since_1904)

    def _texts(self, name: str) -> list[str]:
        _within(self._archive, name, MOST_TEXTS)
        return list(SharedTexts().read(self._archive, name))

    def _dates(self, name: str) -> frozenset[str]:
        """Numbers of the styles that show dates, as cells write them."""
        codes: dict[str, str] = {}
        formats: list[str] = []
        for around, element, attributes in self._described(name):
            if element == "numFmt":
                codes[attributes["numFmtId"]] = attributes.get("formatCode", "")
            elif (around, element) == ("cellXfs", "xf"):
                formats.append(attributes.get("numFmtId", "0"))
        return frozenset(str(at) for at, number in enumerate(formats) if is_date(int(number), codes.get(number, "")))

    def _related(self, part: str, kind: str) -> dict[str, str]:
        """Parts of a kind that a part refers to, by their identity there; the first of them also under ""."""
        folder, name = posixpath.split(part)
        found: dict[str, str] = {}
        for _around, element, attributes in self._described(posixpath.join(folder, "_rels", f"{name}.rels")):
            if element == "Relationship" and attributes["Type"].endswith(f"/{kind}"):
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
                found.setdefault("", target)
                found[attributes["Id"]] = target
        return found

    def _described(self, name: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        _within(self._archive, name, MOST_OTHER)
        return Elements().read(self._archive, name)
