"""Writes events as a table: CSV or XLSX, a batch at a time."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator

from services.api.exports.found import Batch, Found
from services.api.exports.rows import COLUMNS, cells
from services.api.transfer.workbook_writing import write_workbook

BOM = "\ufeff"
"""Without it spreadsheets do not take a CSV for UTF-8."""


def write_csv(found: Found) -> Iterator[bytes]:
    yield (BOM + csv_lines([COLUMNS])).encode()
    for batch in found.batches():
        yield csv_lines(batch_cells(found, batch)).encode()


def write_xlsx(found: Found) -> Iterator[bytes]:
    rows = (row for batch in found.batches() for row in batch_cells(found, batch))
    return write_workbook(itertools.chain([COLUMNS], rows), "Events")


def batch_cells(found: Found, batch: Batch) -> Iterator[list[str]]:
    for row in batch.rows:
        yield cells(row, batch.tags(row), found.zone)


def csv_lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()
