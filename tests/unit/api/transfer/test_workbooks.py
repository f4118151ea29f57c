"""XLSX as others write it, and as somebody builds it to harm."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from services.api.transfer import workbooks
from services.api.transfer.rows import Reading, Taken
from services.api.transfer.sheets import is_date
from services.api.transfer.tables import Form
from shared.errors import Invalid

Read = Callable[..., Reading]
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def changed(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part made different."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return buffer.getvalue()


def test_numbers_dates_and_gaps_of_a_sheet_are_read(reading: Read) -> None:
    content = workbook(
        ["Kennzeichen", None, "Bemerkung", "gültig bis"],
        [123456, None, "Nummer", datetime(2026, 12, 31)],
        [],
        ["M-AB 12", None, 7.5, datetime(2026, 12, 31, 18, 30)],
    )
    found = reading(content)
    assert found.form is Form.XLSX
    taken = [line for line in found.lines if isinstance(line, Taken)]
    assert [(line.line, line.plate, line.values) for line in taken] == [
        (2, "123456", ("Nummer", datetime(2027, 1, 1, tzinfo=UTC))),
        (4, "MAB12", ("7.5", datetime(2026, 12, 31, 18, 30, tzinfo=UTC))),
    ]


def test_a_formula_is_never_computed_only_its_last_result_counts(reading: Read) -> None:
    content = workbook(["Plate", "Note"], ["AA1", '=HYPERLINK("http://evil")'], ["=1+1", "x"])
    stored = changed(content, SHEET, lambda xml: re.sub(rb"<f>1\+1</f><v ?/?>(</v>)?", b"<f>1+1</f><v>22</v>", xml))
    taken = [line for line in reading(stored).lines if isinstance(line, Taken)]
    assert [(line.plate, line.values) for line in taken] == [("AA1", ("",)), ("22", ("x",))]


def shared(texts: bytes, *rows: list[int]) -> bytes:
    """A workbook whose cells refer to shared texts by number."""
    cells = (b"".join(b'<c t="s"><v>%d</v></c>' % number for number in row) for row in rows)
    sheet = b"<worksheet><sheetData>%s</sheetData></worksheet>" % b"".join(b"<row>%s</row>" % row for row in cells)
    relation = b'<Relationship Id="t1" Type="http://x/sharedStrings" Target="/xl/texts.xml"/></Relationships>'
    content = changed(workbook(["x"]), SHEET, lambda _xml: sheet)
    related = changed(content, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b"</Relationships>", relation))
    buffer = io.BytesIO(related)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/texts.xml", texts)
    return buffer.getvalue()


@pytest.mark.parametrize("made", ["not a zip", "cut", "no workbook", "locked", "entities"])
def test_a_broken_or_crafted_workbook_is_refused(reading: Read, made: str) -> None:
    good = workbook(["Plate"], ["AA1"])
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("hello.txt", "x")
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    contents = {
        "not a zip": b"PK\x03\x04" + b"x" * 100,
        "cut": good[: len(good) // 2],
        "no workbook": other.getvalue(),
        # Bit 0 of the flags, at byte 8 of each entry of the archive's directory.
        "locked": re.sub(rb"(PK\x01\x02.{4}).", lambda entry: entry.group(1) + b"\x01", good, flags=re.DOTALL),
        "entities": changed(good, SHEET, lambda xml: bomb + xml.partition(b"?>")[2]),
    }
    assert contents[made] != good
    with pytest.raises(Invalid):
        list(reading(contents[made], "x.xlsx", format="xlsx").lines)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(reading: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_SHEET", 100_000)
    bomb = changed(workbook(["Plate"], ["AA1"]), SHEET, lambda xml: xml + b" " * 200_000)
    assert len(bomb) < 10_000
    with pytest.raises(Invalid, match="unpacks to more"):
        list(reading(bomb).lines)


def test_a_sheet_that_claims_to_be_endless_is_read_as_far_as_it_goes(reading: Read) -> None:
    content = changed(
        workbook(["Plate"], ["AA1"]),
        SHEET,
        lambda xml: xml.replace(b'<dimension ref="A1:A2"', b'<dimension ref="A1:XFD1048576"'),
    )
    assert [line.plate for line in reading(content).lines if isinstance(line, Taken)] == ["AA1"]


def test_a_row_far_below_does_not_fill_the_gap(reading: Read) -> None:
    content = changed(
        workbook(["Plate"], ["AA1"]),
        SHEET,
        lambda xml: xml.replace(b'<row r="2"', b'<row r="99999999"').replace(b'r="A2"', b'r="A99999999"'),
    )
    assert [line.line for line in reading(content).lines] == [99999999]


def test_a_column_far_to_the_right_is_left_out(reading: Read) -> None:
    book = Workbook()
    book.active["A1"], book.active["XFD1"], book.active["A2"], book.active["XFD2"] = "Plate", "Note", "AA1", "far"
    assert reading(saved(book)).layout.called == {"plate": "Plate"}


def test_formatted_shared_and_escaped_texts_are_read_as_plain_ones(reading: Read) -> None:
    """As Excel writes a cell with two fonts, a reading aid above Asian letters, and a carriage return."""
    texts = (
        b"<sst><si><t>Plate</t></si><si><t>Note</t></si>"
        b"<si><r><t>AA </t></r><r><t>11</t></r><rPh sb='0' eb='1'><t>aid</t></rPh></si>"
        b"<si><t>two_x000D_lines, _x005F_x0041_</t></si></sst>"
    )
    (taken,) = reading(shared(texts, [0, 1], [2, 3])).lines
    assert isinstance(taken, Taken)
    assert (taken.typed, taken.values) == ("AA 11", ("two lines, _x0041_",))


def test_a_reference_to_nothing_makes_the_workbook_broken(reading: Read) -> None:
    with pytest.raises(Invalid, match="can be read"):
        list(reading(shared(b"<sst><si><t>Plate</t></si></sst>", [0], [99])).lines)


def test_truth_errors_and_inline_texts_are_texts(reading: Read) -> None:
    sheet = (
        b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        b'<x:row><x:c t="inlineStr"><x:is><x:t>Plate</x:t></x:is></x:c><x:c t="str"><x:v>Note</x:v></x:c></x:row>'
        b'<x:row><x:c><x:v>1E3</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c></x:row>'
        b'<x:row><x:c><x:v>22</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c></x:row>'
        b"</x:sheetData></x:worksheet>"
    )
    content = changed(workbook(["x"]), SHEET, lambda _xml: sheet)
    taken = [line for line in reading(content).lines if isinstance(line, Taken)]
    assert [(line.line, line.plate, line.values) for line in taken] == [(2, "1000", ("TRUE",)), (3, "22", ("#N/A",))]


def test_dates_of_a_workbook_that_counts_from_1904_are_right(reading: Read) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["Plate", "Valid From"])
    book.active.append(["AA1", datetime(2026, 3, 1, 8, 15)])
    (taken,) = reading(saved(book)).lines
    assert isinstance(taken, Taken)
    assert taken.values == (datetime(2026, 3, 1, 8, 15, tzinfo=UTC),)


@pytest.mark.parametrize(
    ("number", "code", "date"),
    [
        (0, "General", False),
        (14, "", True),
        (164, "dd.mm.yyyy", True),
        (165, '0.00" days"', False),
        (166, "[Red]0.0", False),
        (167, "[$-407]d. mmmm yyyy", True),
    ],
)
def test_number_formats_of_dates_are_told_from_others(number: int, code: str, date: bool) -> None:
    assert is_date(number, code) is date
