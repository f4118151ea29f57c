"""Sees the blue band at a plate's left end that European countries share; evidence of where a plate is from; pure."""

from __future__ import annotations

from functools import cache

import numpy as np

from services.recognizer.contracts import Picture
from services.recognizer.grammar.formats import countries

# Shares of the width. A band takes up 8 % of a 520 mm plate (Council Regulation (EC) No 2411/98); crops have a margin.
BAND, MIDDLE = (0.025, 0.075), (0.3, 0.7)
ROWS = (0.2, 0.8)
"""Of the height: stars and letters of the band leave most of it blue."""
LEAST_BLUE, LEAST_BLUER = 20.0, 35.0
"""How much more blue than red and green the band is, by itself and beyond the plate's middle, in grey levels."""


def has_band(plate: Picture) -> bool:
    """Whether a straightened plate shows the band; never in infrared or at night, where nothing is blue."""
    left, middle = _blueness(plate, BAND), _blueness(plate, MIDDLE)
    return left > LEAST_BLUE and left - middle > LEAST_BLUER


@cache
def countries_with_band() -> tuple[str, ...]:
    """Those of Europe, ISO alpha-3."""
    return tuple(country.name for country in countries() if country.band and country.area == "Europe")


def _blueness(plate: Picture, columns: tuple[float, float]) -> float:
    height, width = plate.shape[:2]
    first = round(columns[0] * width)
    part = plate[round(ROWS[0] * height) : round(ROWS[1] * height), first : max(first + 1, round(columns[1] * width))]
    blue, green, red = part.reshape(-1, 3).astype(np.float32).T
    return float(np.median(blue - (green + red) / 2)) if blue.size else 0.0
