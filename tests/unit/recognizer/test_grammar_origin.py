"""A plate's country and region are named where the text tells them, and what else it could be is listed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from services.recognizer.contracts import RawText
from services.recognizer.grammar.alternatives import Alternative
from services.recognizer.grammar.fits import BEHIND_BEST
from services.recognizer.grammar.settle import Settled, settle

Spelled = Callable[..., RawText]


def settled(raw: RawText, *expected: str) -> Settled:
    found = settle(raw, expected)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("plate", "country", "region"),
    [
        ("RK903UI", "SVK", "Ružomberok"),
        ("WA94730", "POL", "mazowieckie"),
        ("KR1AC23", "POL", "małopolskie"),
        ("4A21234", "CZE", "Praha"),
        ("I9743AM", "AUT", "Tirol"),
        ("ZH123456", "CHE", "Zürich"),
        ("HHAB12E", "DEU", "Hamburg"),
        ("CB1234AB", "BGR", "Sofia"),
        ("LJAB123", "SVN", "Ljubljana"),
        ("34ABC12", "TUR", "İstanbul"),
        ("K704TX178", "RUS", "Saint Petersburg"),
        ("K704TX17", "RUS", "Tuva"),
        ("1234AB7", "BLR", "Minsk"),
        ("MH12AB1234", "IND", "Maharashtra"),
        ("1AB2CD", "AUS", "Victoria"),
        ("ABCD123", "CAN", "Ontario"),
        ("KRZ4071", "GBR", "Northern Ireland"),
        ("131D12345", "IRL", "Dublin"),
        ("M1234AB", "ESP", "Madrid"),
    ],
)
def test_the_region_is_named_where_the_format_tells_it(spell: Spelled, plate: str, country: str, region: str) -> None:
    found = settled(spell(plate), country)
    assert (found.text, found.country, found.region) == (plate, country, region)


@pytest.mark.parametrize(
    ("plate", "country"), [("HX974KC", "ITA"), ("AB123CD", "FRA"), ("A123BCD", "GBR"), ("AA123CD", "SVK")]
)
def test_no_region_is_named_where_the_format_tells_none(spell: Spelled, plate: str, country: str) -> None:
    found = settled(spell(plate), country)
    assert (found.country, found.region) == (country, "")


def test_a_code_that_can_be_parted_in_two_ways_tells_a_region_only_when_the_gap_was_seen(spell: Spelled) -> None:
    assert settled(spell("KFZ2048"), "DEU").region == ""
    assert settled(spell("KFZ2048", breaks=(1,)), "DEU").region == "Nordrhein-Westfalen"
    assert settled(spell("KFZ2048", breaks=(2,)), "DEU").region == "Bayern"


def test_a_plate_of_no_named_country_has_no_region(spell: Spelled) -> None:
    found = settled(spell("ABC123"))
    assert (found.country, found.region) == ("", "")


def test_the_countries_that_share_a_format_are_alternatives_of_each_other(spell: Spelled) -> None:
    found = settled(spell("ABC123"), "SWE", "LTU")
    others = {other.country for other in found.alternatives if other.text == "ABC123"}
    assert {found.country, *others} >= {"SWE", "LTU"}
    assert len(others) <= 2


def test_a_repaired_character_leaves_what_was_read_as_an_alternative(spell: Spelled) -> None:
    found = settled(spell("BN3471K"), "SVK")
    assert found.text == "BN347IK"
    assert any(other.text == "BN3471K" for other in found.alternatives)


def test_a_cut_letter_leaves_the_whole_text_as_an_alternative(spell: Spelled) -> None:
    found = settled(spell("HRK903UI", breaks=(1,)))
    assert found.text == "RK903UI"
    assert found.alternatives[0].text == "HRK903UI"


def test_the_readers_second_choice_is_an_alternative_by_how_much_less_likely_it_is(spell: Spelled) -> None:
    found = settled(spell("RK903UI", at6=(("I", 0.6), ("L", 0.3))), "SVK")
    other = Alternative(text="RK903UL", country="SVK", margin=0.693)
    assert found.alternatives[0] == other


@pytest.mark.parametrize("plate", ["RK9O3UI", "ABC123", "BAB1234", "1Z789344", "IHZO91", "AA12348C"])
@pytest.mark.parametrize("sure", [0.75, 0.99])
def test_alternatives_are_few_sorted_and_never_the_plate_itself(spell: Spelled, plate: str, sure: float) -> None:
    found = settle(spell(plate, sure), ("SVK", "DEU"))
    assert found is not None
    margins = [other.margin for other in found.alternatives]
    assert margins == sorted(margins)
    assert all(0 <= margin < BEHIND_BEST for margin in margins)
    assert len(margins) <= 3
    assert (found.text, found.country) not in {(other.text, other.country) for other in found.alternatives}
    assert len({(other.text, other.country) for other in found.alternatives}) == len(margins)
    assert all(re.fullmatch("[A-Z0-9]+", other.text) for other in found.alternatives)
