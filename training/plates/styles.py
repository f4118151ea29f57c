"""What plates of the world look like, in broad families: colours, proportions and what stands beside the text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.recognizer.grammar.formats import countries

Colour = tuple[int, int, int]
"""Blue, green, red."""

WHITE, BLACK, YELLOW, RED = (238, 240, 240), (24, 22, 22), (40, 190, 240), (40, 30, 190)
BLUE, GREEN, GREY, ORANGE = (150, 60, 15), (60, 120, 20), (170, 172, 172), (30, 120, 235)
MINT, SKY, DARK_GREEN, NAVY = (170, 225, 150), (235, 190, 120), (50, 80, 20), (110, 45, 25)

Look = tuple[Colour, Colour]
"""Paper and ink."""

_PLAIN: tuple[Look, ...] = ((WHITE, BLACK),)


class Style(NamedTuple):
    """A family of plates.

    Attributes:
        aspect: width by height, from and to.
        letter: letter height as a share of the plate's (of the text area's where rows are two), from and to.
        looks: paper and ink; one is drawn, the first twice as often.
        fittings: names of functions in `fittings` that draw what stands beside the text, in this order.
        rows: rows of text.
        edge: how often a border line is drawn around.
    """

    aspect: tuple[float, float]
    letter: tuple[float, float]
    looks: tuple[Look, ...] = _PLAIN
    fittings: tuple[str, ...] = ()
    rows: int = 1
    edge: float = 0.5


_LONG, _MIDDLE, _SHORT = (4.2, 5.0), (2.7, 3.5), (1.85, 2.2)
_EU_LOOKS: tuple[Look, ...] = (*_PLAIN * 5, (YELLOW, BLACK), (WHITE, RED), (WHITE, GREEN), (WHITE, (120, 40, 20)))

STYLES: dict[str, Style] = {
    "eu": Style(_LONG, (0.6, 0.78), _EU_LOOKS, ("band_left",), edge=0.8),
    "eu-both": Style(_LONG, (0.55, 0.75), _PLAIN, ("band_left", "band_right"), edge=0.6),
    "no-band": Style(_LONG, (0.58, 0.8), (*_EU_LOOKS, (BLACK, WHITE), (RED, WHITE), (GREEN, WHITE), (BLUE, WHITE))),
    "british": Style(_LONG, (0.62, 0.75), ((WHITE, BLACK), (YELLOW, BLACK)), ("british_side", "maker_line"), edge=0.3),
    "dutch": Style(_LONG, (0.65, 0.8), ((YELLOW, BLACK),), ("band_left",), edge=0.8),
    "region": Style(_LONG, (0.6, 0.75), _PLAIN, ("flag_left",), edge=0.9),
    "american": Style(
        _SHORT,
        (0.38, 0.5),
        ((WHITE, NAVY), (WHITE, BLACK), (WHITE, RED), (SKY, NAVY), (WHITE, DARK_GREEN), (YELLOW, BLACK),
         (NAVY, YELLOW)),
        ("tint", "state_name", "slogan", "corner_stickers"),
        edge=0.4,
    ),
    "american-plain": Style(_SHORT, (0.45, 0.6), ((WHITE, NAVY), (BLACK, YELLOW), (WHITE, BLACK)),
                            ("state_name", "stacked_letters")),
    "brazil-old": Style((2.8, 3.2), (0.5, 0.6), ((GREY, BLACK), (RED, WHITE), (WHITE, BLACK)), ("city_line",),
                        edge=0.8),
    "mercosur": Style((2.8, 3.2), (0.5, 0.6), ((WHITE, BLACK), (WHITE, RED), (WHITE, BLUE)), ("top_band",), edge=0.7),
    "australia": Style((2.5, 3.0), (0.5, 0.65), ((WHITE, BLACK), (YELLOW, BLACK), (WHITE, DARK_GREEN), (BLACK, WHITE),
                       (WHITE, BLUE)), ("slogan", "stacked_letters")),
    "india": Style((3.8, 4.8), (0.5, 0.75), ((WHITE, BLACK), (YELLOW, BLACK), (BLACK, YELLOW), (GREEN, WHITE)),
                   ("hologram",)),
    "china": Style((3.0, 3.3), (0.6, 0.7), ((BLUE, WHITE), (MINT, BLACK), (YELLOW, BLACK)), ("block_left",), edge=0.9),
    "taiwan": Style((2.0, 2.7), (0.5, 0.7), ((WHITE, BLACK), (WHITE, GREEN), (YELLOW, BLACK), (GREEN, WHITE))),
    "gulf": Style((2.0, 4.8), (0.4, 0.6), ((WHITE, BLACK), (YELLOW, BLACK), (ORANGE, BLACK)),
                  ("script_side", "script_top")),
    "israel": Style(_LONG, (0.6, 0.75), ((YELLOW, BLACK),), ("band_left",), edge=0.9),
    "mexico": Style(_SHORT, (0.4, 0.5), ((WHITE, BLACK), (WHITE, DARK_GREEN)), ("tint", "state_name", "slogan")),
    "two-rows": Style((1.15, 1.9), (0.68, 0.88), (*_EU_LOOKS, (BLACK, WHITE), (GREY, BLACK)), ("corner_band",), rows=2),
    "two-rows-top": Style((1.1, 1.6), (0.68, 0.85), ((WHITE, BLACK), (GREY, BLACK), (WHITE, BLUE)), ("top_band",),
                          rows=2),
    "two-rows-wide": Style((1.9, 2.6), (0.7, 0.9), ((WHITE, BLACK), (YELLOW, BLACK), (BLACK, WHITE)), (), rows=2),
    "script-rows": Style((1.7, 2.1), (0.7, 0.88), ((WHITE, DARK_GREEN), (YELLOW, BLACK), (DARK_GREEN, WHITE)),
                         ("script_side",), rows=2),
}  # fmt: skip

_BY_COUNTRY: dict[str, tuple[str, ...]] = {
    "GBR": ("british",), "NLD": ("dutch",), "ITA": ("eu-both",), "FRA": ("eu-both",), "ISR": ("israel",),
    "RUS": ("region",), "UKR": ("eu", "region"), "KAZ": ("region",), "BLR": ("region",), "UZB": ("region",),
    "USA": ("american", "american-plain"), "CAN": ("american", "american-plain"), "MEX": ("mexico", "american"),
    "BRA": ("brazil-old", "mercosur"), "ARG": ("mercosur", "no-band"), "URY": ("mercosur",), "PRY": ("mercosur",),
    "CHL": ("brazil-old", "american-plain"), "COL": ("american-plain",), "PER": ("american-plain",),
    "AUS": ("australia",), "NZL": ("australia",), "ZAF": ("australia", "no-band"), "IND": ("india",),
    "CHN": ("china",), "TWN": ("taiwan",), "ARE": ("gulf",), "SAU": ("gulf",), "KWT": ("gulf",), "QAT": ("gulf",),
    "OMN": ("gulf",), "BHR": ("gulf",), "JPN": ("script-rows",), "MYS": ("no-band",), "SGP": ("no-band",),
    "HKG": ("no-band", "british"), "THA": ("script-rows", "american-plain"), "CHE": ("no-band", "eu"),
}  # fmt: skip
_BANDED = frozenset(country.name for country in countries() if country.band)
_ELSEWHERE = ("no-band", "australia", "american-plain", "brazil-old")
_TWO_ROWS = ("two-rows", "two-rows", "two-rows-top", "two-rows-wide", "script-rows")
TWO_ROW_SHARE = 0.14
OTHER_STYLE_SHARE = 0.2


def draw_style(country: str, length: int, rng: np.random.Generator) -> Style:
    """A style that the country has, sometimes one that it has not; two rows only for four characters or more."""
    if length >= 4 and rng.random() < TWO_ROW_SHARE:
        return STYLES[_TWO_ROWS[rng.integers(len(_TWO_ROWS))]]
    if not country or rng.random() < OTHER_STYLE_SHARE:
        names = [name for name, style in STYLES.items() if style.rows == 1]
        return STYLES[names[rng.integers(len(names))]]
    own = _BY_COUNTRY.get(country, ("eu", "eu", "no-band") if country in _BANDED else _ELSEWHERE)
    style = STYLES[own[rng.integers(len(own))]]
    return style if style.rows == 1 or length >= 4 else STYLES["no-band"]


def draw_look(style: Style, rng: np.random.Generator) -> Look:
    """Paper and ink with the spread of age and makers."""
    weights = np.array([2.0] + [1.0] * (len(style.looks) - 1))
    paper, ink = style.looks[int(rng.choice(len(style.looks), p=weights / weights.sum()))]
    return _vary(paper, rng, 14), _vary(ink, rng, 16)


def _vary(colour: Colour, rng: np.random.Generator, spread: float) -> Colour:
    light = float(rng.normal(0, spread))
    b, g, r = (int(np.clip(channel + light + rng.normal(0, spread / 3), 0, 255)) for channel in colour)
    return b, g, r
