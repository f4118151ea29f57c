"""How an entry names a plate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.matching import BUCKETS, LETTERS, How, Match, how, letters_of, near, within_one
from shared.plates import distance, normalise, skeleton

LIKELY = st.text(alphabet="AOB0188Ж", max_size=7)


@pytest.mark.parametrize(
    ("entry", "plate", "match", "way"),
    [
        ("AB0123", "AB0123", "one_off", "exact"),
        ("AB0123", "ABO123", "strict", None),
        ("AB0123", "ABO123", "look_alike", "look_alike"),
        ("AB0123", "ABO124", "look_alike", None),
        ("AB0123", "ABO124", "one_off", "one_off"),
        ("AB0123", "AB023", "one_off", "one_off"),
        ("AB0123", "AB01X23", "one_off", "one_off"),
        ("AB0123", "BA0123", "one_off", None),
        ("AB?1*", "AB01XYZ", "strict", "pattern"),
        ("A80?", "ABO1", "strict", None),
        ("A80?", "ABO1", "look_alike", "look_alike"),
        ("AB0?", "AX01", "one_off", None),
    ],
)
def test_an_entry_names_a_plate_as_its_list_matches(entry: str, plate: str, match: Match, way: How | None) -> None:
    assert how(entry, plate, match) == way


def test_cyrillic_letters_that_look_latin_are_the_same_plate_in_every_mode() -> None:
    assert how(normalise("ав 0123 сх"), normalise("AB0123CX"), "strict") == "exact"


@given(LIKELY, LIKELY)
def test_within_one_is_a_distance_of_at_most_one(a: str, b: str) -> None:
    assert within_one(a, b) == (distance(a, b) <= 1)


@given(st.text(BUCKETS, max_size=6), st.text(BUCKETS, max_size=6))
def test_the_texts_near_one_are_those_within_one_character(a: str, b: str) -> None:
    assert (b in near(a, BUCKETS)) == (distance(a, b) <= 1)


def test_the_letters_are_those_that_skeletons_consist_of() -> None:
    every = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    assert set(LETTERS) == set(skeleton(every))


def test_other_scripts_have_letters_of_their_own() -> None:
    assert {"Ж", "Ю", "A", "1"} <= set(letters_of("ЖЯ123"))
    assert letters_of("AA1234") == LETTERS
    assert "ЖЮ1234" in near("ЖЯ1234", letters_of("ЖЯ1234"))
