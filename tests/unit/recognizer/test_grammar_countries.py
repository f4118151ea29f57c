"""The file of country formats is whole, and its page in the documentation tells the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from services.recognizer.grammar import shapes as shapes_module
from services.recognizer.grammar.formats import LETTERS, MAX_LENGTH, MIN_LENGTH, Country, countries
from services.recognizer.grammar.shapes import shapes

PAGE = Path(__file__).parents[3] / "docs" / "grammars.md"
AREAS = {
    "Europe",
    "Central Asia",
    "Middle East",
    "Africa",
    "Asia",
    "Oceania",
    "North America",
    "South America",
}

each_country = pytest.mark.parametrize("country", countries(), ids=lambda country: country.name)


def test_there_are_at_least_seventy_countries_each_once() -> None:
    names = [country.name for country in countries()]
    assert len(names) >= 70
    assert [name for name, count in Counter(names).items() if count > 1] == []


@each_country
def test_a_country_has_a_code_an_area_and_two_examples_or_more(country: Country) -> None:
    assert len(country.name) == 3
    assert set(country.name) <= set(LETTERS)
    assert country.area in AREAS
    assert len(set(country.examples)) >= 2
    assert country.formats or country.local


@each_country
def test_every_region_belongs_to_a_code_that_a_format_can_carry(country: Country) -> None:
    users = [(shape, user) for found in shapes().values() for shape in found for user in shape.users]
    own = [(shape, user) for shape, user in users if user.country == country.name]
    told = [shape.classes[slice(*user.told)] for shape, user in own if user.told[0] < user.told[1]]
    for code in (region.rstrip("*") for region in country.regions):
        assert any(
            len(code) <= len(classes) and all(c in allowed for c, allowed in zip(code, classes, strict=False))
            for classes in told
        ), code
        assert not country.codes or any(known.startswith(code) for known in country.codes), code
    assert country.regions or not told


def test_shapes_have_the_length_of_plates_and_each_has_users() -> None:
    for length, found in shapes().items():
        assert MIN_LENGTH <= length <= MAX_LENGTH
        assert all(shape.users and len(shape.classes) == length for shape in found)
        assert all(0 < gap < length for shape in found for gap in shape.gaps)


def test_a_format_with_an_unknown_sign_is_refused_with_its_country(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Country("XXA", "Europe", ("AA#99",), (), (), "", LETTERS, (), {}, {}, ("AB12",))
    monkeypatch.setattr(shapes_module, "countries", lambda: (wrong,))
    with pytest.raises(ValueError, match="XXA has a format that cannot be understood: AA#99"):
        shapes.__wrapped__()


def _row(country: Country) -> tuple[str, str, str, str]:
    regions = len({*country.regions.values(), *country.series.values()})
    return country.name, country.area, str(regions or ""), ", ".join(country.examples)


def test_the_page_of_grammars_lists_the_countries_as_the_file_has_them() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    listed = [(row[0], row[2], row[3], row[4]) for row in cells if len(row) == 5 and row[0].isupper()]
    assert listed == [_row(country) for country in countries()]
