"""The texts one character away, against the distance that they stand for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.api.search.neighbours import one_off
from shared.plates import distance, skeleton

PLATES = st.text("ACEHKMNPRXY0123456789", min_size=1, max_size=10)


@given(PLATES, PLATES)
def test_a_skeleton_is_a_neighbour_exactly_when_it_is_one_character_away(a: str, b: str) -> None:
    assert (skeleton(b) in one_off(skeleton(a))) == (distance(skeleton(a), skeleton(b)) == 1)


@given(PLATES, st.data())
def test_every_change_of_one_character_is_found(plate: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(plate) - 1))
    letter = data.draw(st.sampled_from("ACEHKMNPRXY0123456789"))
    folded = skeleton(plate)
    changed = skeleton(plate[:place] + letter + plate[place + 1 :])
    assert changed == folded or changed in one_off(folded)
    assert skeleton(plate[:place] + letter + plate[place:]) in one_off(folded)


def test_other_scripts_have_neighbours_of_their_own() -> None:
    assert "ЖЯ1234" in one_off(skeleton("ЖЯ123"))
    assert "ЖЮ1234" in one_off(skeleton("ЖЯ1234"))
    assert len(one_off(skeleton("AA1234BB"))) < 1000
