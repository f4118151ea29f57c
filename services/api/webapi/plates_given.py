"""Plates out of everything in which they are sent: a parameter, text, JSON, CSV or XLSX; pure."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from services.api.transfer.cells import bare, text_of
from services.api.transfer.workbooks import read_workbook
from services.api.webapi.given import Upload
from services.api.webapi.refusals import Refused
from shared.errors import Invalid

MOST_PLATES = 2000
_SEPARATORS = re.compile(r"[,;\t\r\n]+")
_TABLES = ("text/csv", "application/csv", "application/vnd.ms-excel")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADERS = frozenset({"license plate", "licence plate", "number plate", "plate", "plates", "plate number"})


@dataclass(frozen=True)
class Typed:
    """A plate as somebody wrote it, with what stood beside it."""

    plate: str
    note: str = ""


def from_text(text: str) -> list[Typed]:
    """Plates between `,` `;` tabs and line breaks."""
    return [Typed(part.strip()) for part in _SEPARATORS.split(text) if part.strip()]


def from_json(value: object) -> list[Typed]:
    """A list of texts, or one text with separators. Raises Invalid for anything else."""
    if isinstance(value, str):
        return from_text(value)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Invalid("plates is a list of texts", "plates")
    return [Typed(one.strip()) for one in value if one.strip()]


def from_upload(upload: Upload) -> list[Typed]:
    """By the file's content for XLSX, else by its type and name. Raises Invalid for what is neither text nor XLSX."""
    if upload.content_type == _XLSX or upload.data.startswith(b"PK\x03\x04"):
        return _from_rows(_xlsx_rows(upload.data))
    try:
        text = upload.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is neither text in UTF-8 nor XLSX; save it as CSV UTF-8", "file") from None
    if upload.content_type in _TABLES or upload.name.lower().endswith(".csv"):
        return _from_rows(_csv_rows(text))
    return from_text(text)


def counted(plates: Sequence[Typed]) -> Sequence[Typed]:
    """Raises Refused for none (400) and for too many (413)."""
    if not plates:
        raise Refused(HTTPStatus.BAD_REQUEST, "no_plates", "There is no plate in the request", "plates")
    if len(plates) > MOST_PLATES:
        sentence = f"A call takes at most {MOST_PLATES} plates, these are {len(plates)}"
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many_plates", sentence, "plates")
    return plates


def _from_rows(rows: Iterable[Sequence[str]]) -> list[Typed]:
    """`License Plate, Description`; the header may be missing, and so may the second column."""
    found: list[Typed] = []
    for number, row in enumerate(rows):
        cells = [bare(cell.strip()) for cell in row]
        if not cells or not cells[0] or (number == 0 and cells[0].lower() in _HEADERS):
            continue
        found.append(Typed(cells[0], cells[1] if len(cells) > 1 else ""))
    return found


def _csv_rows(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise Invalid("The file is no CSV that can be read", "file") from None


def _xlsx_rows(data: bytes) -> Iterator[list[str]]:
    """The first two cells of each row. Raises Invalid."""
    rows = read_workbook(io.BytesIO(data))
    return ([text_of(cell) for cell in cells[:2]] for _number, cells in itertools.islice(rows, MOST_PLATES * 2))
