"""Exports: what is written is read again as the same entries, and nothing in it runs."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.lists.schemas import COLOURS
from services.api.transfer.rows import Taken, Wish, read
from services.api.transfer.tables import Form
from services.api.transfer.writing import SUFFIXES, TITLES, write
from shared.errors import Invalid
from shared.plates import parse_entry
from shared.schedules import Weekday


def _is_entry(typed: str) -> bool:
    try:
        parse_entry(typed)
    except Invalid:
        return False
    return typed == typed.strip() and typed.isprintable()


# Made to be plates: of texts that are drawn at random and then judged, too few would be left.
SIGNS = st.sampled_from("AB12?*ÄЖІ")
TYPED = st.builds(
    lambda before, first, rest: before + first + "".join(rest),
    st.sampled_from(["", "", "-", "."]),
    SIGNS,
    st.lists(st.builds(str.__add__, st.sampled_from(["", "", " ", "-", ".", " - "]), SIGNS), min_size=1, max_size=8),
).filter(_is_entry)
NOTES = st.one_of(
    st.text(alphabet="'=+-@;,\"ab Ж😀<>&_x00", max_size=20),
    st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), max_size=20),
).map(str.strip)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
VALID = st.builds(
    lambda pair, begins, ends: (min(pair) if begins else None, max(pair) if ends else None),
    st.lists(MOMENTS, min_size=2, max_size=2, unique=True),
    st.booleans(),
    st.booleans(),
)
PERIODS = st.builds(
    lambda days, start: {"days": days, "start": f"{start:02}:30", "end": "24:00"},
    st.lists(st.sampled_from(list(Weekday)), min_size=1, max_size=3),
    st.integers(0, 23),
)
SCHEDULES = st.none() | st.lists(PERIODS, min_size=1, max_size=3).map(lambda periods: {"periods": periods})
ENTRIES = st.builds(
    lambda head, valid, tail: (*head, *valid, *tail),
    st.tuples(TYPED, NOTES, NOTES),
    VALID,
    st.tuples(SCHEDULES, NOTES, NOTES, st.sampled_from(COLOURS)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ENTRIES, min_size=1, max_size=8), st.sampled_from([Form.CSV, Form.XLSX, Form.JSON]))
def test_what_is_exported_is_imported_as_the_same_entries(entries: list[tuple[object, ...]], form: Form) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "export"
        file.write_bytes(b"".join(write(form, entries)))
        found = list(read(file, f"export.{SUFFIXES[form]}", Wish(), ZoneInfo("Asia/Tokyo")).lines)
    again = []
    for line in found:
        assert isinstance(line, Taken), line
        before, schedule, after = line.values[:4], line.values[4], line.values[5:]
        again.append((line.typed, *before, json.loads(str(schedule)) if schedule else None, *after))
    assert again == [tuple(entry) for entry in entries]


def test_plain_text_holds_the_plates_as_they_were_typed() -> None:
    entries = [("AA 12-34", "n", "", None, None, None, "", "", ""), ("КА*", "", "", None, None, None, "", "", "")]
    assert b"".join(write(Form.TEXT, entries)).decode() == "AA 12-34\nКА*\n"


@pytest.mark.parametrize("note", ["=cmd|'/C calc'!A0", "+1", "-1", "@x"])
def test_no_cell_of_an_export_is_a_formula(note: str) -> None:
    entries = [("AA1", note, "", None, None, None, "", "", "")]
    text = b"".join(write(Form.CSV, entries)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1][1] == "'" + note
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(write(Form.XLSX, entries)))).active
    assert (sheet["B2"].data_type, sheet["B2"].value) == ("s", "'" + note)


def test_another_program_reads_the_workbook() -> None:
    entries = [(f"AA {number}", "Ж & <b>\x01", "", None, None, None, "", "", "") for number in range(1200)]
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(write(Form.XLSX, entries)))).active
    assert sheet.max_row == 1201
    assert tuple(cell.value for cell in sheet[1]) == TITLES
    assert [cell.value for cell in sheet[1201]][:2] == ["AA 1199", "Ж & <b>\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize("form", list(Form))
def test_an_empty_list_is_a_file_too(form: Form) -> None:
    content = b"".join(write(form, []))
    if form is Form.JSON:
        assert json.loads(content) == {"entries": []}
    elif form is Form.XLSX:
        assert openpyxl.load_workbook(io.BytesIO(content)).active.max_row == 1
    else:
        assert content.count(b"\n") == (1 if form is Form.CSV else 0)
