"""From files to entries: forms, delimiters, line numbers, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from services.api.transfer import rows
from services.api.transfer.rows import Reading, Refused, Taken
from services.api.transfer.tables import Form
from shared.errors import Invalid

Read = Callable[..., Reading]


def plates(reading: Reading) -> list[tuple[int, str]]:
    return [(line.line, line.plate) for line in reading.lines if isinstance(line, Taken)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_csv_is_read_whatever_its_delimiter_line_ends_and_encoding(
    reading: Read, delimiter: str, newline: str, codec: str
) -> None:
    lines = [["Номер", "Опис"], ["АА 1234 ВВ", f'сусід "три{delimiter}два"'], [], ["КА-0001", "гість"]]
    quoted = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
    found = reading(newline.join(quoted).encode(codec))
    assert found.form is Form.CSV
    taken = [line for line in found.lines if isinstance(line, Taken)]
    assert [(line.line, line.plate, line.values) for line in taken] == [
        (2, "AA1234BB", (f'сусід "три{delimiter}два"'.replace("\t", " "),)),
        (4, "KA0001", ("гість",)),
    ]
    assert taken[0].typed == "АА 1234 ВВ"


@pytest.mark.parametrize("text", ["AA1\nBB2\nCC3\n", "AA1,BB2;CC3", "AA1\tBB2\r\n\r\n CC3 ,,\n"])
def test_plain_text_holds_plates_apart_by_any_separator(reading: Read, text: str) -> None:
    found = reading(text.encode())
    assert found.form is Form.TEXT
    assert [plate for _line, plate in plates(found)] == ["AA1", "BB2", "CC3"]


def test_excels_first_line_about_the_separator_is_obeyed(reading: Read) -> None:
    found = reading(b"sep=;\r\nPlate;Note\r\nAA1;a,b,c\r\n", "list.csv")
    assert plates(found) == [(3, "AA1")]


def test_a_cell_of_two_lines_does_not_shift_line_numbers(reading: Read) -> None:
    found = reading(b'Plate,Parking\nAA1,"two\nlines"\nBB2,x\n##,y\n')
    assert [(line.line, type(line)) for line in found.lines] == [(2, Taken), (4, Taken), (5, Refused)]


@pytest.mark.parametrize(
    "text",
    [
        '["AA1", "BB2"]',
        '{"plates": ["AA1", "BB2"]}',
        '{"list": "white", "entries": [{"plate": "AA1"}, {"plate": "BB2", "note": "x"}]}',
        '[{"License Plate": "AA1"}, {"License Plate": "BB2"}]',
    ],
)
def test_json_is_an_array_of_plates_or_of_entries(reading: Read, text: str) -> None:
    assert [plate for _line, plate in plates(reading(text.encode()))] == ["AA1", "BB2"]


def test_fields_of_json_entries_become_values(reading: Read) -> None:
    nights = {"periods": [{"days": ["fri"], "start": "22:00", "end": "06:00"}]}
    entry = {"plate": "AA1", "note": "n", "valid_to": "2026-01-01T00:00:00Z", "schedule": nights, "x": 1}
    found = reading(json.dumps([entry]).encode())
    assert [column.name for column in found.columns] == ["note", "valid_to", "schedule"]
    assert found.layout.ignored == ("x",)
    (taken,) = found.lines
    assert isinstance(taken, Taken)
    assert taken.values[0] == "n"
    assert json.loads(str(taken.values[2])) == nights


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"something": 1}', "JSON holds an array"),
        ('[\n"AA1",\n"BB2"', "Line 3: a comma"),
        ('[\n"AA1",\n nonsense]', "Line 3: what begins there"),
        ("[" * 100_000, "Line 1"),
        ("[1, 2", "Line 1: a comma"),
    ],
)
def test_broken_json_is_refused_with_the_line(reading: Read, text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        list(reading(text.encode(), "x.json").lines)


def test_each_refused_line_has_its_number_and_reason(reading: Read) -> None:
    text = (
        "Plate;Note;Valid From;Valid To\nAA1;;;\n;no plate;;\nABCDEFGHIJKLMNOPQ;17;;\n😀😀;emoji;;\n"
        "BB2;;2026-02-01;2026-01-01\nCC3;;soon;\nDD\u20284;;;\nשלום12;rtl;;\n**;all;;\n"
    )
    told = {line.line: line.reason for line in reading(text.encode()).lines if isinstance(line, Refused)}
    assert set(told) == {3, 4, 5, 6, 7, 8, 10}
    assert told[3] == "The line has no plate"
    assert "17" in told[4]
    assert "ends before it begins" in told[6]
    assert "valid_from" in told[7]
    assert "letter or digit" in told[10]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b'Plate,Note\nAA1,"open\nBB2,x\n', "x.csv", "Line 2: the quotes"),
        (b"\n\n  \n", "x.csv", "holds nothing"),
        (b"\xd0\xcf\x11\xe0rest", "x.xls", "save it as .xlsx"),
        (b"Vehicle,Parking\nAA1,x\n", "x.csv", "known to hold plates"),
        (b"", "x.csv", "empty"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_says_so(reading: Read, content: bytes, name: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        list(reading(content, name).lines)


def test_a_named_encoding_that_does_not_fit_is_refused(reading: Read) -> None:
    with pytest.raises(Invalid, match="does not fit"):
        list(reading("Номер\nАА1\n".encode("cp1251"), encoding="utf-8").lines)


def test_a_file_that_is_too_long_is_refused(reading: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    with pytest.raises(Invalid, match="more than 2 lines"):
        list(reading(b"AA1\nBB2\nCC3\n").lines)
