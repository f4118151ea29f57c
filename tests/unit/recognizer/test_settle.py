"""The grammar decides by position, repairs look-alikes, cuts what is glued on and drops what is no plate."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.recognizer.contracts import RawText
from services.recognizer.grammar.formats import DIGITS, LETTERS, countries, shapes, signs
from services.recognizer.grammar.settle import settle, unread
from shared.messages import Character

Spelled = Callable[..., RawText]

EXAMPLES = [(country.name, example) for country in countries() for example in country.examples]
REQUIRED = """AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP
SWE GBR UKR BRA USA CHE NOR"""
NO_PLATES = """SKODA OCTAVIA TAXI POLICIA SLOVAKIA MERCEDES STOP WWWAUTOSK CZECHREPUBLIC 0905123456 12052019 12052026
2010 112 A4 X5 H1 4X4 19TDI 220CDI C220CDI GTI16V 50KMH KM100 NONSTOP24 BMW320D CLK200 SPRINTER313 TEL0905123 EXIT79"""
MIXED = set("B8")
PERSONAL = {"KMBORAK"}


def test_every_promised_country_has_a_grammar() -> None:
    assert {country.name for country in countries()} >= set(REQUIRED.split())


@pytest.mark.parametrize(("country", "example"), EXAMPLES)
def test_an_example_of_an_expected_country_settles_to_itself(spell: Spelled, country: str, example: str) -> None:
    settled = settle(spell(example), (country,))
    assert settled is not None
    assert (settled.text, settled.country) == (example, country)
    assert settled.confidence > 0.9


@pytest.mark.parametrize("example", [example for _, example in EXAMPLES if example not in PERSONAL])
def test_an_example_settles_to_itself_when_no_country_is_expected(spell: Spelled, example: str) -> None:
    settled = settle(spell(example))
    assert settled is not None
    assert settled.text == example


@pytest.mark.parametrize(
    ("read", "plate", "country"),
    [
        ("RKO82AL", "RK082AL", "SVK"),
        ("LMO10BE", "LM010BE", "SVK"),
        ("PP587A0", "PP587AO", "SVK"),
        ("BA2681M", "BA268IM", "SVK"),
        ("BA3020Z", "BA302OZ", "SVK"),
        ("RK2911T", "RK291IT", "SVK"),
        ("0Y09FEU", "OY09FEU", "GBR"),
        ("OYO9FEU", "OY09FEU", "GBR"),
        ("1B8O338", "1B80338", "CZE"),
        ("188O338", "1B80338", "CZE"),
        ("9BTHD4", "98THD4", "NLD"),
        ("I234BCD", "1234BCD", "ESP"),
        ("8RA2E19", "BRA2E19", "BRA"),
        ("AA12348C", "AA1234BC", "UKR"),
    ],
)
def test_look_alikes_are_settled_by_position(spell: Spelled, read: str, plate: str, country: str) -> None:
    settled = settle(spell(read), (country,))
    assert settled is not None
    assert (settled.text, settled.country) == (plate, country)
    assert "".join(character.best for character in settled.characters) == plate


@pytest.mark.parametrize(
    ("raw", "doubtful", "plate"),
    [("SRK867AD", 0, "RK867AD"), ("RKO776AI", 2, "RK776AI"), ("1Z785233", 3, "1Z75233"), ("RK011AMT", 7, "RK011AM")],
)
def test_a_doubtful_letter_glued_to_the_plate_is_cut(spell: Spelled, raw: str, doubtful: int, plate: str) -> None:
    settled = settle(spell(raw, **{f"at{doubtful}": ((raw[doubtful], 0.5),)}))
    assert settled is not None
    assert settled.text == plate
    assert settled.kept == tuple(i for i in range(len(raw)) if i != doubtful)


@pytest.mark.parametrize(
    ("raw", "breaks", "plate"),
    [("SKRK867AD", (), "RK867AD"), ("NL98THD4", (), "98THD4"), ("FAB123CD", (1,), "AB123CD")],
)
def test_a_country_band_is_cut_even_when_it_is_clearly_read(
    spell: Spelled, raw: str, breaks: tuple[int, ...], plate: str
) -> None:
    settled = settle(spell(raw, breaks=breaks), ("SVK", "NLD", "FRA"))
    assert settled is not None
    assert settled.text == plate


@pytest.mark.parametrize("text", NO_PLATES.split())
def test_signs_words_dates_and_phone_numbers_are_no_plates(spell: Spelled, text: str) -> None:
    assert settle(spell(text)) is None


def test_a_word_never_becomes_a_plate_by_look_alikes(spell: Spelled) -> None:
    assert settle(spell("BISTRO")) is None
    assert settle(spell("SOLIDO")) is None


def test_a_personal_plate_of_letters_is_believed_where_its_gap_was_seen(spell: Spelled) -> None:
    assert settle(spell("KMBORAK")) is None
    settled = settle(spell("KMBORAK", breaks=(2,)))
    assert settled is not None
    assert (settled.text, settled.country) == ("KMBORAK", "SVK")


def test_a_clear_text_without_a_known_format_is_reported_without_country(spell: Spelled) -> None:
    settled = settle(spell("VW4X4WP", 0.999))
    assert settled is not None
    assert (settled.text, settled.country) == ("VW4X4WP", "")
    assert settled.confidence < 0.75


def test_an_unclear_text_without_a_known_format_is_dropped(spell: Spelled) -> None:
    assert settle(spell("VW4X4WP", 0.7)) is None


def test_expected_countries_decide_between_equal_formats_and_force_nothing(spell: Spelled) -> None:
    for country in ("LTU", "SWE", "FIN"):
        settled = settle(spell("ABC123"), (country,))
        assert settled is not None
        assert settled.country == country
    foreign = settle(spell("1B80338"), ("LTU",))
    assert foreign is not None
    assert (foreign.text, foreign.country) == ("1B80338", "CZE")


def test_a_format_shared_by_many_names_no_country(spell: Spelled) -> None:
    settled = settle(spell("ABC123"))
    assert settled is not None
    assert settled.country == ""


def test_a_second_option_of_the_reader_wins_where_the_first_does_not_fit(spell: Spelled) -> None:
    settled = settle(spell("RK7X8AI", at3=(("X", 0.55), ("0", 0.4))), ("SVK",))
    assert settled is not None
    assert settled.text == "RK708AI"
    assert settled.characters[3].probability == pytest.approx(0.4)


def test_doubt_of_the_reader_stays_in_the_confidence(spell: Spelled) -> None:
    clear, doubtful = settle(spell("RK708AI", 0.99)), settle(spell("RK708AI", 0.8))
    assert clear is not None
    assert doubtful is not None
    assert doubtful.confidence == pytest.approx(0.8, abs=0.01)
    assert clear.confidence > doubtful.confidence


def test_room_for_unread_characters_is_noticed() -> None:
    characters = tuple(Character(options=((c, 0.99),)) for c in "7859AM")
    full = RawText(characters, tuple(0.05 + i * 0.18 for i in range(6)))
    half = RawText(characters, tuple(0.45 + i * 0.1 for i in range(6)))
    assert unread(full) == 0
    assert unread(half) > 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_clear_text_in_a_format_of_the_expected_country_is_reported_as_it_was_read(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([s for n in (6, 7, 8) for s in shapes()[n] if set("".join(s.classes)) >= MIXED]))
    code = data.draw(st.sampled_from(sorted(shape.codes))) if shape.codes else ""
    text = code + "".join(data.draw(st.sampled_from(allowed)) for allowed in shape.classes[shape.code_length :])
    assume(not signs().fullmatch(text) and not text.isdigit() and not text.isalpha())
    characters = tuple(Character(options=((c, 0.995),)) for c in text)
    centers = tuple((i + 0.5) / len(text) for i in range(len(text)))
    settled = settle(RawText(characters, centers, shape.gaps), (shape.users[0].country,))
    assert settled is not None
    assert settled.text == text


@settings(max_examples=150, deadline=None)
@given(st.text(LETTERS + DIGITS, max_size=14), st.floats(0, 1), st.sets(st.integers(0, 13)))
def test_any_text_settles_to_a_plate_of_plate_characters_or_to_nothing(text: str, sure: float, gaps: set[int]) -> None:
    characters = tuple(Character(options=((c, sure),)) for c in text)
    settled = settle(RawText(characters, tuple((i + 0.5) / len(text) for i in range(len(text))), frozenset(gaps)))
    if settled is not None:
        assert 4 <= len(settled.text) <= 9
        assert 0 <= settled.confidence <= 1
        assert "".join(character.best for character in settled.characters) == settled.text
