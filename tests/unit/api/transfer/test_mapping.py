"""Which column of a file is which field."""

from __future__ import annotations

import pytest

from services.api.transfer.columns import COLUMNS, KNOWN
from services.api.transfer.mapping import layout_of, parse_choices
from shared.errors import Invalid


@pytest.mark.parametrize(
    "header",
    [
        ("License Plate", "Description", "Owner", "Valid From", "Valid To", "Schedule", "Contact", "Tag", "Colour"),
        ("Kennzeichen", "Notiz", "Besitzer", "ab", "bis", "Zeitplan", "Telefon", "Gruppe", "Farbe"),
        ("Kennzeichen", "Bemerkung", "Halter", "gültig ab", "gültig bis", "Zeitplan"),
        ("Номер", "Опис", "Власник", "Дійсний з", "Дійсний до", "Розклад"),
        ("Госномер", "Примечание", "Владелец", "Действует с", "Действует до", "Расписание"),
        ("Numer rejestracyjny", "Uwagi", "Właściciel", "Ważny od", "Ważny do", "Harmonogram"),
        ("LICENCE-PLATE", " notes ", "Full name", "valid_from", "valid_to", "schedule"),
    ],
)
def test_headers_of_several_languages_are_recognised(header: tuple[str, ...]) -> None:
    layout = layout_of(header, {})
    assert layout.header
    names = ["plate", *(column.name for column in COLUMNS)]
    assert dict(layout.places) == {name: place for place, name in enumerate(names[: len(header)])}


def test_no_header_means_two_fields() -> None:
    for column in COLUMNS:
        assert {KNOWN[header] for header in column.headers} == {column.name}
    assert sum(len(column.headers) for column in COLUMNS) == len({h for column in COLUMNS for h in column.headers})


def test_a_chosen_column_beats_a_recognised_one() -> None:
    layout = layout_of(("Plate", "Comment", "Parking space"), parse_choices(["note:Parking space"]))
    assert dict(layout.places) == {"plate": 0, "note": 2}
    assert layout.ignored == ("Comment",)
    assert layout.called["note"] == "Parking space"


def test_a_field_can_be_left_out() -> None:
    layout = layout_of(("Plate", "Owner"), parse_choices(["owner:"]))
    assert dict(layout.places) == {"plate": 0}
    assert layout.ignored == ("Owner",)


def test_columns_can_be_chosen_by_number_in_a_file_without_header() -> None:
    layout = layout_of(("7", "AA1234BB", "Smith"), parse_choices(["plate:2", "owner:3"]))
    assert not layout.header
    assert dict(layout.places) == {"plate": 1, "owner": 2}


def test_a_file_without_header_is_plates_and_notes() -> None:
    layout = layout_of(("AA1234BB", "neighbour", "x"), {})
    assert not layout.header
    assert dict(layout.places) == {"plate": 0, "note": 1}


@pytest.mark.parametrize(
    ("first", "choices", "said"),
    [
        (("Vehicle", "Parking"), [], "is known to hold plates"),
        (("Plate", "Kennzeichen"), [], "both look like the field plate"),
        (("Plate",), ["note:Remark"], "no column Remark"),
        (("AA1",), ["note:65"], "no column 65"),
    ],
)
def test_what_is_unclear_is_asked_back(first: tuple[str, ...], choices: list[str], said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        layout_of(first, parse_choices(choices))
    assert refused.value.field == "map"


@pytest.mark.parametrize("written", ["note", "colour of car:3", ":3"])
def test_a_mapping_names_a_field_that_there_is(written: str) -> None:
    with pytest.raises(Invalid, match="the fields are plate, note, owner"):
        parse_choices([written])
