"""The grammar decides by position, repairs look-alikes, cuts what is glued on and drops what is no plate."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.recognizer.contracts import RawText
from services.recognizer.grammar.formats import DIGITS, LETTERS, MAX_LENGTH, MIN_LENGTH, countries, signs
from services.recognizer.grammar.settle import settle, unread
from services.recognizer.grammar.shapes import shapes
from shared.messages import Character

Spelled = Callable[..., RawText]

EXAMPLES = [(country.name, example) for country in countries() for example in country.examples]
REQUIRED = """AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP
SWE GBR UKR BRA USA CHE NOR ISL LIE AND MCO SMR GGY JEY IMN GIB TUR SRB BIH MNE MKD ALB XKX MDA BLR RUS KAZ GEO ARM AZE
UZB KGZ TJK CAN MEX ARG CHL COL PER URY PRY VEN IND AUS NZL ZAF NAM BWA KEN NGA GHA MAR TUN ISR ARE SAU QAT KWT BHR OMN
JOR TWN JPN KOR CHN THA MYS SGP PHL IDN VNM HKG LKA PAK"""
NO_PLATES = """SKODA OCTAVIA TAXI POLICIA SLOVAKIA MERCEDES STOP WWWAUTOSK CZECHREPUBLIC 0905123456 12052019 12052026
2010 112 A4 X5 H1 4X4 19TDI 220CDI C220CDI GTI16V 50KMH KM100 NONSTOP24 BMW320D CLK200 SPRINTER313 TEL0905123 EXIT79"""
MIXED = set("B8")
EMBLEM_LIKE = {"NGA", "MOZ"}
"""Their plates look like a European one with a letter glued on, so only cameras that expect them believe them."""


def test_every_promised_country_has_a_grammar() -> None:
    assert {country.name for country in countries()} >= set(REQUIRED.split())


@pytest.mark.parametrize(("country", "example"), EXAMPLES)
def test_an_example_of_an_expected_country_settles_to_itself(spell: Spelled, country: str, example: str) -> None:
    settled = settle(spell(example), (country,))
    assert settled is not None
    assert (settled.text, settled.country) == (example, country)
    assert settled.confidence > 0.9


def _tells_itself(country: str, example: str) -> bool:
    """Words, numbers and four characters are plates only where they are expected."""
    with_both = any(c in DIGITS for c in example) and any(c in LETTERS for c in example)
    return country not in EMBLEM_LIKE and with_both and len(example) > MIN_LENGTH


@pytest.mark.parametrize(
    "example", sorted({example for country, example in EXAMPLES if _tells_itself(country, example)})
)
def test_an_example_settles_to_itself_when_no_country_is_expected(spell: Spelled, example: str) -> None:
    settled = settle(spell(example))
    assert settled is not None
    assert settled.text == example


@pytest.mark.parametrize("sure", [0.95, 0.97])
def test_no_country_changes_what_was_read_clearly_of_the_others(spell: Spelled, sure: float) -> None:
    clear = [example for country, example in EXAMPLES if _tells_itself(country, example)]
    settled = {example: settle(spell(example, sure)) for example in clear}
    assert {plate: other and other.text for plate, other in settled.items() if not other or other.text != plate} == {}


@pytest.mark.parametrize(
    ("read", "plate", "country"),
    [
        ("RKO43XL", "RK043XL", "SVK"),
        ("LMO10KU", "LM010KU", "SVK"),
        ("PP943X0", "PP943XO", "SVK"),
        ("BN3471K", "BN347IK", "SVK"),
        ("BN9040Z", "BN904OZ", "SVK"),
        ("RK9411T", "RK941IT", "SVK"),
        ("0X04YKU", "OX04YKU", "GBR"),
        ("OXO4YKU", "OX04YKU", "GBR"),
        ("4B8O393", "4B80393", "CZE"),
        ("488O393", "4B80393", "CZE"),
        ("9BXKD3", "98XKD3", "NLD"),
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
    [("SRK943XD", 0, "RK943XD"), ("RKO934XI", 2, "RK934XI"), ("1Z789344", 3, "1Z79344"), ("RK011XKT", 7, "RK011XK")],
)
def test_a_doubtful_letter_glued_to_the_plate_is_cut(spell: Spelled, raw: str, doubtful: int, plate: str) -> None:
    settled = settle(spell(raw, **{f"at{doubtful}": ((raw[doubtful], 0.5),)}))
    assert settled is not None
    assert settled.text == plate
    assert settled.kept == tuple(i for i in range(len(raw)) if i != doubtful)


def test_a_clear_letter_before_the_plate_is_cut_when_it_stands_apart_or_the_country_is_expected(spell: Spelled) -> None:
    for settled in (settle(spell("HRK903UI", breaks=(1,))), settle(spell("HRK903UI"), ("SVK", "CZE"))):
        assert settled is not None
        assert (settled.text, settled.country) == ("RK903UI", "SVK")
    kept = settle(spell("HRK903UI"))
    assert kept is not None
    assert (kept.text, kept.country) == ("HRK903UI", "")


def test_a_letter_is_seen_to_stand_apart_by_its_distance(spell: Spelled) -> None:
    raw = spell("HRK903UI")
    apart = RawText(raw.characters, (0.03, *(0.2 + 0.11 * i for i in range(7))), raw.breaks)
    settled = settle(apart)
    assert settled is not None
    assert settled.text == "RK903UI"


def test_a_country_of_another_part_of_the_world_does_not_stop_a_repair(spell: Spelled) -> None:
    settled = settle(spell("BN3471K"), ("CZE", "SVK"))
    assert settled is not None
    assert (settled.text, settled.country) == ("BN347IK", "SVK")
    far = settle(spell("BN3471K"), ("IDN",))
    assert far is not None
    assert (far.text, far.country) == ("BN3471K", "IDN")


@pytest.mark.parametrize(
    ("raw", "breaks", "plate"),
    [("SKRK943XD", (), "RK943XD"), ("NL98XKD3", (), "98XKD3"), ("FAB123CD", (1,), "AB123CD")],
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
    assert settle(spell("KMBOLUN")) is None
    settled = settle(spell("KMBOLUN", breaks=(2,)))
    assert settled is not None
    assert (settled.text, settled.country) == ("KMBOLUN", "SVK")


def test_a_clear_text_without_a_known_format_is_reported_without_country(spell: Spelled) -> None:
    settled = settle(spell("VK4X4NP", 0.999))
    assert settled is not None
    assert (settled.text, settled.country) == ("VK4X4NP", "")
    assert settled.confidence < 0.75


def test_an_unclear_text_without_a_known_format_is_dropped(spell: Spelled) -> None:
    assert settle(spell("VK4X4NP", 0.7)) is None


def test_expected_countries_decide_between_equal_formats_and_force_nothing(spell: Spelled) -> None:
    for country in ("LTU", "SWE", "FIN"):
        settled = settle(spell("ABC123"), (country,))
        assert settled is not None
        assert settled.country == country
    foreign = settle(spell("4B80393"), ("LTU",))
    assert foreign is not None
    assert (foreign.text, foreign.country) == ("4B80393", "CZE")


def test_a_format_shared_by_many_names_no_country(spell: Spelled) -> None:
    settled = settle(spell("ABC123"))
    assert settled is not None
    assert settled.country == ""


def test_a_second_option_of_the_reader_wins_where_the_first_does_not_fit(spell: Spelled) -> None:
    settled = settle(spell("RK9X3UI", at3=(("X", 0.55), ("0", 0.4))), ("SVK",))
    assert settled is not None
    assert settled.text == "RK903UI"
    assert settled.characters[3].probability == pytest.approx(0.4)


def test_doubt_of_the_reader_stays_in_the_confidence(spell: Spelled) -> None:
    clear, doubtful = settle(spell("RK903UI", 0.99)), settle(spell("RK903UI", 0.8))
    assert clear is not None
    assert doubtful is not None
    assert doubtful.confidence == pytest.approx(0.8, abs=0.01)
    assert clear.confidence > doubtful.confidence


def test_room_for_unread_characters_is_noticed() -> None:
    characters = tuple(Character(options=((c, 0.99),)) for c in "9743AM")
    full = RawText(characters, tuple(0.05 + i * 0.18 for i in range(6)))
    half = RawText(characters, tuple(0.45 + i * 0.1 for i in range(6)))
    assert unread(full) == 0
    assert unread(half) > 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_clear_text_in_a_format_of_the_expected_country_is_reported_as_it_was_read(data: st.DataObject) -> None:
    shape = data.draw(
        st.sampled_from([s for n in (5, 6, 7, 8, 9) for s in shapes()[n] if set("".join(s.classes)) >= MIXED])
    )
    code = data.draw(st.sampled_from(sorted(shape.codes))) if shape.codes else ""
    text = code + "".join(data.draw(st.sampled_from(allowed)) for allowed in shape.classes[shape.code_length :])
    country = data.draw(st.sampled_from(shape.users)).country
    assume(not signs().fullmatch(text) and not text.isdigit() and not text.isalpha())
    characters = tuple(Character(options=((c, 0.995),)) for c in text)
    centers = tuple((i + 0.5) / len(text) for i in range(len(text)))
    settled = settle(RawText(characters, centers, shape.gaps), (country,))
    assert settled is not None
    assert settled.text == text


@settings(max_examples=150, deadline=None)
@given(st.text(LETTERS + DIGITS, max_size=14), st.floats(0, 1), st.sets(st.integers(0, 13)))
def test_any_text_settles_to_a_plate_of_plate_characters_or_to_nothing(text: str, sure: float, gaps: set[int]) -> None:
    characters = tuple(Character(options=((c, sure),)) for c in text)
    settled = settle(RawText(characters, tuple((i + 0.5) / len(text) for i in range(len(text))), frozenset(gaps)))
    if settled is not None:
        assert MIN_LENGTH <= len(settled.text) <= MAX_LENGTH
        assert 0 <= settled.confidence <= 1
        assert "".join(character.best for character in settled.characters) == settled.text


@pytest.mark.parametrize("text", ["GRELIK", "MRSKILI", "2142293", "214307", "KOM1", "BMWK5", "AUDIZELO"])
def test_a_word_or_a_number_is_believed_where_a_plate_was_found_and_nowhere_else(spell: Spelled, text: str) -> None:
    settled = settle(spell(text), on_plate=True)
    assert settled is not None
    assert settled.text == text
    if not any(c.isdigit() for c in text) or text.isdigit():
        assert settle(spell(text)) is None


@pytest.mark.parametrize(("read", "plate"), [("FVIOYKP", "FV10YKP"), ("RKO43XL", "RK043XL"), ("7Y24943", "7Y24943")])
def test_a_text_on_a_plate_is_still_settled_by_position_where_a_format_speaks_for_it(
    spell: Spelled, read: str, plate: str
) -> None:
    settled = settle(spell(read, 0.97), ("GBR", "SVK", "USA"), on_plate=True)
    assert settled is not None
    assert settled.text == plate


def test_unclear_letters_on_a_plate_are_no_reading(spell: Spelled) -> None:
    assert settle(spell("GRELIK", 0.35), on_plate=True) is None
