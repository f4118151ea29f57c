"""Reads the first sheet of an XLSX workbook: data only, row by row, and nothing that was built to harm."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import load_workbook

from services.api.transfer.cells import Cell, bare
from services.api.transfer.tables import Row
from shared.errors import Invalid

MOST_PARTS = 2000
MOST_SHEET, MOST_OTHER = 500_000_000, 100_000_000
"""Bytes that a sheet, and any other part such as the shared texts, may have unpacked; a million rows fit."""
MOST_COLUMNS = 64
MOST_ROWS = 1_048_576
"""A sheet of Excel has no more; a row that says so would make the reader fill the gap before it."""

_BROKEN = "The file is not a workbook that can be read; save it anew as .xlsx"


def read_workbook(path: Path) -> Iterator[Row]:
    """Rows of the first sheet that hold anything; of a formula its last result. Raises Invalid."""
    check_archive(path)
    rows = _rows(path)
    number = 0
    while True:
        # What openpyxl raises for a broken file is anything from KeyError to ParseError.
        try:
            cells = next(rows, None)
        except Exception:
            raise Invalid(_BROKEN, "file") from None
        if cells is None:
            return
        number += 1
        if number > MOST_ROWS:
            raise Invalid(f"The sheet has more than {MOST_ROWS} rows", "file")
        if any(cell not in (None, "") for cell in cells):
            yield number, [bare(cell) if isinstance(cell, str) else cell for cell in cells]


def _rows(path: Path) -> Iterator[Sequence[Cell]]:
    with warnings.catch_warnings():
        # It tells of styles and extensions that it leaves out; only data is wanted.
        warnings.simplefilter("ignore")
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            # What a sheet says of its own size may be anything.
            sheet.reset_dimensions()
            yield from sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
        finally:
            book.close()


def check_archive(path: Path) -> None:
    """Raises Invalid for what is no zip, is locked, unpacks to too much, or declares entities of its own.

    Python's zipfile never unpacks more than a part's declared size, so that size can be believed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or any(part.flag_bits & 1 for part in parts):
                raise Invalid(_BROKEN, "file")
            for part in parts:
                most = MOST_SHEET if part.filename.startswith("xl/worksheets/") else MOST_OTHER
                if part.file_size > most:
                    raise Invalid("The workbook unpacks to more than is accepted here", "file")
                if part.filename.endswith((".xml", ".rels")) and _declares(archive, part):
                    raise Invalid(_BROKEN, "file")
            if sum(part.file_size for part in parts) > MOST_SHEET + MOST_OTHER:
                raise Invalid("The workbook unpacks to more than is accepted here", "file")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, EOFError, ValueError):
        raise Invalid(_BROKEN, "file") from None


def _declares(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as stream:
        return b"<!DOCTYPE" in stream.read(4096)
