"""Writes a list as a file, piece by piece: CSV, XLSX, JSON or plain text."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from services.api.transfer.cells import neutralised
from services.api.transfer.columns import COLUMNS, NAMES, PLATE_TITLE
from services.api.transfer.tables import Form
from services.api.transfer.workbook_writing import write_workbook

TITLES = (PLATE_TITLE, *(column.title for column in COLUMNS))
MEDIA_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.JSON: "application/json",
    Form.TEXT: "text/plain; charset=utf-8",
}
SUFFIXES = {Form.CSV: "csv", Form.XLSX: "xlsx", Form.JSON: "json", Form.TEXT: "txt"}

Entry = Sequence[object]
"""What somebody typed as the plate, and the values of COLUMNS in their order."""
_ROWS = 500
"""Entries in one piece."""


def write(form: Form, entries: Iterable[Entry]) -> Iterator[bytes]:
    """The file's bytes; what an import reads again as the same entries."""
    writers = {Form.CSV: _csv, Form.XLSX: _xlsx, Form.JSON: _json, Form.TEXT: _text}
    return writers[form](entries)


def cell_text(value: object) -> str:
    """A value as the text of a cell: a time as ISO 8601 in UTC, a schedule as JSON."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _csv(entries: Iterable[Entry]) -> Iterator[bytes]:
    """UTF-8 with a mark, because spreadsheets take CSV without one for the letters of their own country."""
    pieces = io.StringIO()
    writer = csv.writer(pieces)
    pieces.write("\ufeff")
    writer.writerow(TITLES)
    for count, entry in enumerate(entries, 1):
        writer.writerow([neutralised(cell_text(value)) for value in entry])
        if count % _ROWS == 0:
            yield _taken(pieces)
    yield _taken(pieces)


def _json(entries: Iterable[Entry]) -> Iterator[bytes]:
    before = '{"entries": ['
    for entry in entries:
        fields = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in _named(entry)}
        yield f"{before}\n{json.dumps(fields, ensure_ascii=False)}".encode()
        before = ","
    yield (before + "]}" if before != "," else "\n]}\n").encode()


def _named(entry: Entry) -> Iterator[tuple[str, object]]:
    return zip(NAMES, entry, strict=True)


def _text(entries: Iterable[Entry]) -> Iterator[bytes]:
    for entry in entries:
        yield f"{entry[0]}\n".encode()


def _xlsx(entries: Iterable[Entry]) -> Iterator[bytes]:
    rows = ([neutralised(cell_text(value)) for value in entry] for entry in entries)
    return write_workbook(itertools.chain([TITLES], rows), "List")


def _taken(pieces: io.StringIO) -> bytes:
    text = pieces.getvalue()
    pieces.seek(0)
    pieces.truncate()
    return text.encode()
