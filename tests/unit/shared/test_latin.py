"""Letters of other scripts in ASCII."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.latin import transliterate


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("АВЕКМНОРСТУХІ", "ABEKMHOPCTYXI"),
        ("Їжак", "Izhak"),
        ("ÄÖÜ ß ŁØ", "AOU ss LO"),
        ("ΙΚΑ", "IKA"),
        ("١٢٣", "123"),
        ("車", "車"),
    ],
)
def test_letters_become_the_latin_ones_that_people_read(text: str, latin: str) -> None:
    assert transliterate(text) == latin


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_stays_as_it_is(text: str) -> None:
    assert transliterate(text) == text
