"""Writes a list as a file, piece by piece: CSV, XLSX, JSON or plain text."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from services.api.transfer.cells import neutralised
from services.api.transfer.columns import COLUMNS, NAMES, PLATE_TITLE
from services.api.transfer.tables import Form

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
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    """Five small parts and the sheet, made for being read while it is written; every cell is text.

    Source: ECMA-376 part 1, 18.3 (worksheets) and annex on package structure.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, content in _PARTS.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{content}')
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET_BEGINS.encode())
            sheet.write(_row(TITLES).encode())
            for count, entry in enumerate(entries, 1):
                sheet.write(_row([neutralised(cell_text(value)) for value in entry]).encode())
                if count % _ROWS == 0:
                    yield sink.taken()
            sheet.write(b"</sheetData></worksheet>")
    yield sink.taken()


def _row(cells: Iterable[str]) -> str:
    # Text right in the cell (t="str") is read faster than text by way of a table, and written without keeping one.
    written = "".join(f'<c t="str"><v>{_escaped(cell)}</v></c>' if cell else "<c/>" for cell in cells)
    return f"<row>{written}</row>"


def _escaped(text: str) -> str:
    """For XML, and so that no text looks like the workbook's own escapes (`_x000D_`)."""
    return escape(_LIKE_AN_ESCAPE.sub("_x005F_", _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)))


class _Sink(io.RawIOBase):
    """Takes what zipfile writes, which then cannot go back, and hands it on."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _taken(pieces: io.StringIO) -> bytes:
    text = pieces.getvalue()
    pieces.seek(0)
    pieces.truncate()
    return text.encode()


_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_SHEET_BEGINS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<worksheet xmlns="{_SPREADSHEET}"><dimension ref="A1"/><sheetData>'
)
