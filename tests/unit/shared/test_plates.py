from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.plates import distance, matches, normalise, parse_entry, skeleton

TEXT = st.text(alphabet="ABC0189", max_size=8)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [("aa 12-34 bb", "AA1234BB"), ("АА 1234 ВВ", "AA1234BB"), ("M·XS 51", "MXS51"), ("ＡＢ１", "AB1")],
)
def test_separators_case_width_and_cyrillic_look_alikes_do_not_matter(typed: str, normal: str) -> None:
    assert normalise(typed) == normal


@given(st.text(max_size=20))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_look_alikes_share_a_skeleton() -> None:
    assert skeleton("OB1S") == skeleton("08IS") == "0815"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("A" * 200, "2 to 16 characters, this one has 200"),
        ("A", "2 to 16 characters, this one has 1"),
        ("AB\x0012", "not U+0000"),
        ("AB😀12", "not 😀"),
        ("??**", "at least one letter or digit"),
        ("A" * 17, "2 to 16 characters, this one has 17"),
        ("A\u202eB12", "not U+202E"),
        ("🚗🚗🚗", "not 🚗"),
    ],
)
def test_what_is_no_plate_is_refused_with_one_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=re.escape(sentence)):
        parse_entry(typed)


def test_wildcards_match_one_and_any_number_of_characters() -> None:
    assert matches("A?1*", "AB123")
    assert not matches("A?1*", "AB23")
    assert matches("AB123", "AB123")
    assert not matches("AB12", "AB123")


def test_plates_of_any_script_are_plates() -> None:
    assert parse_entry("١٢٣ أبج") == "١٢٣أبج"
    assert parse_entry("京A 12345") == "京A12345"


def _names(entry: str, plate: str) -> bool:
    """Wildcards by definition."""
    if not entry:
        return not plate
    if entry[0] == "*":
        return any(_names(entry[1:], plate[i:]) for i in range(len(plate) + 1))
    return bool(plate) and entry[0] in ("?", plate[0]) and _names(entry[1:], plate[1:])


@given(st.text("AB?*", max_size=8), st.text("AB", max_size=8))
def test_wildcards_mean_what_they_mean_by_definition(entry: str, plate: str) -> None:
    assert matches(entry, plate) == _names(entry, plate)


def test_an_entry_full_of_stars_is_answered_at_once() -> None:
    assert not matches("A*A*A*A*A*A*A*?B", "A" * 16)
    assert not matches("A" + "*" * 14 + "B", "A" * 16)


@given(TEXT, TEXT)
def test_distance_is_symmetric_and_zero_only_for_equals(a: str, b: str) -> None:
    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)
    assert distance(a, b) <= max(len(a), len(b))


@given(TEXT, TEXT, TEXT)
def test_distance_obeys_the_triangle(a: str, b: str, c: str) -> None:
    assert distance(a, c) <= distance(a, b) + distance(b, c)
