"""From rows of cells to entries: each line either becomes one, or is refused with a reason."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from services.api.transfer.cells import Cell, bare, shown, text_of
from services.api.transfer.columns import COLUMNS, NAMES, PLATE, Column, Value
from services.api.transfer.documents import read_document
from services.api.transfer.encodings import Encoding, codec_of
from services.api.transfer.mapping import Layout, layout_of, parse_choices
from services.api.transfer.tables import Delimiter, Form, Row, form_of, has_header, read_csv, read_text
from services.api.transfer.workbooks import read_workbook
from shared.errors import Invalid
from shared.plates import is_pattern, parse_entry

MOST_ROWS = 1_000_000
MOST_TYPED = 64
Pick = Callable[[Sequence[Cell]], Cell]


class Wish(BaseModel):
    """How a file is to be read, where that is not to be found out from the file itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Form | None = Field(default=None, description="found out from the file when it is not given")
    encoding: Encoding | None = Field(default=None, description="found out from the file when it is not given")
    delimiter: Delimiter | None = Field(default=None, description="found out from the first line when it is not given")
    header: bool | None = Field(default=None, description="whether the first line names the columns")
    map: tuple[Annotated[str, Field(json_schema_extra={"pattern": rf"^\s*({'|'.join(NAMES)})\s*:"})], ...] = Field(
        default=(),
        max_length=16,
        description="FIELD:HEADER or FIELD:NUMBER, as in note:Bemerkung or plate:1; FIELD: leaves the field out",
    )


@dataclass(frozen=True)
class Taken:
    """A line that is an entry; `values` are those of the file's columns, in the order of `Reading.columns`."""

    line: int
    plate: str
    typed: str
    pattern: bool
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Refused:
    """A line that is none; `shown` is what it holds where the plate should be."""

    line: int
    shown: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """A file that has been understood: its form, how its columns are mapped, and its lines, to be gone through once.

    `lines` raises Invalid when the file turns out to be broken, or longer than MOST_ROWS.
    """

    form: Form
    codec: str
    layout: Layout
    columns: tuple[Column, ...]
    lines: Iterator[Taken | Refused]


def read(path: Path, name: str, wish: Wish, zone: ZoneInfo) -> Reading:
    """Understands a file. Raises Invalid with a sentence that says what is wrong with it as a whole."""
    form = wish.format or form_of(path, name)
    codec = "" if form is Form.XLSX else codec_of(path, wish.encoding)
    if form is None:
        form = Form.CSV if wish.map or wish.header or has_header(path, codec) else Form.TEXT
    rows = _rows(form, path, codec, wish.delimiter)
    first = next(rows, None)
    if first is None:
        raise Invalid("The file holds no line with anything in it", "file")
    layout = _layout(form, first[1], parse_choices(wish.map), wish.header)
    columns = tuple(column for column in COLUMNS if column.name in layout.places)
    rest = rows if layout.header else itertools.chain([first], rows)
    pick = _pick_bare if form in (Form.CSV, Form.XLSX) else _pick
    wanted = [(column, partial(pick, place=layout.places[column.name])) for column in columns]
    plate = partial(pick, place=layout.places[PLATE])
    return Reading(form, codec, layout, columns, _lines(rest, plate, wanted, zone))


def _layout(form: Form, first: Sequence[Cell], choices: Mapping[str, str], header: bool | None) -> Layout:
    if form is Form.TEXT:
        return Layout({PLATE: 0}, header=False, called={PLATE: "each word"})
    return layout_of(first, choices, True if form is Form.JSON else header)


def _rows(form: Form, path: Path, codec: str, delimiter: Delimiter | None) -> Iterator[Row]:
    readers = {
        Form.CSV: partial(read_csv, path, codec, delimiter),
        Form.XLSX: partial(read_workbook, path),
        Form.JSON: partial(read_document, path, codec),
        Form.TEXT: partial(read_text, path, codec),
    }
    return readers[form]()


def _lines(
    rows: Iterator[Row], plate: Pick, wanted: Sequence[tuple[Column, Pick]], zone: ZoneInfo
) -> Iterator[Taken | Refused]:
    for count, (line, cells) in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise Invalid(f"The file has more than {MOST_ROWS:,} lines", "file")
        try:
            values = [(column, pick(cells)) for column, pick in wanted]
            yield _taken(line, plate(cells), values, zone)
        except Invalid as error:
            yield Refused(line, shown(plate(cells)), str(error))


def _taken(line: int, typed: Cell, values: Sequence[tuple[Column, Cell]], zone: ZoneInfo) -> Taken:
    text = text_of(typed)
    if not text:
        raise Invalid("The line has no plate", PLATE)
    if not text.isprintable():
        raise Invalid("A plate cannot hold control characters", PLATE)
    plate = parse_entry(text)
    parsed = {column.name: column.parse(cell, column.name, zone) for column, cell in values}
    _check_order(parsed)
    return Taken(line, plate, text[:MOST_TYPED], is_pattern(plate), tuple(parsed.values()))


def _check_order(values: Mapping[str, Value]) -> None:
    begins, ends = values.get("valid_from"), values.get("valid_to")
    if begins and ends and begins >= ends:  # type: ignore[operator]
        raise Invalid("The entry ends before it begins", "valid_to")


def _pick(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None


def _pick_bare(cells: Sequence[Cell], place: int) -> Cell:
    """Without the ' that exports put before what a spreadsheet would take for a formula."""
    cell = _pick(cells, place)
    return bare(cell) if isinstance(cell, str) else cell
