"""Invented number plates of several countries, valid in format, drawn as flat pictures."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from services.capture.demo.paint import Colour, Picture, as_picture, ellipse, ink_over, lettering

WIDTH_MM, HEIGHT_MM = 520, 110
_SCALE = 2  # pixels per millimetre
_GLYPH_MM = 80
_CELL_MM, _GAP_MM, _SEAL_MM = 50.0, 22.0, 48.0
_BAND_MM, _RIM_MM = 42, 4
# Letters that no reader confuses with digits; Ukraine uses only those that Latin and Cyrillic share.
_LETTERS, _UKRAINIAN = "ACEFHJKLMNPRTUVWXY", "ACEHKMPTX"
_WHITE: Colour = (240, 243, 244)
_YELLOW: Colour = (30, 196, 250)
_BLUE: Colour = (150, 58, 12)
_INK: Colour = (24, 22, 22)


@dataclass(frozen=True)
class Design:
    """What a country's plate looks like.

    A plate starts with one of `areas` (where the format has them); then in `pattern` A is a letter, 9 a digit, `:` the
    gap with the seals and everything else stands for itself.
    """

    letters: str
    pattern: str
    areas: tuple[str, ...] = ("",)
    ground: Colour = _WHITE
    right_band: bool = False
    stars: bool = True


DESIGNS: dict[str, Design] = {
    "DEU": Design("D", ":AA 9999", ("KA", "HD", "MA")),
    "FRA": Design("F", "AA-999-AA", right_band=True),
    "GBR": Design("UK", "69 AAA", ("LK", "BD", "SA"), ground=_YELLOW, stars=False),
    "ITA": Design("I", "A 999AA", ("F", "G"), right_band=True),
    "NLD": Design("NL", "A-999-AA", ground=_YELLOW),
    "POL": Design("PL", " 9999A", ("KR", "WE", "GD")),
    "SVK": Design("SK", " 999AA", ("BA", "KE", "ZA")),
    "UKR": Design("UA", " 9999 AA", ("AA", "KA", "BC"), stars=False),
}
"""ISO alpha-3 to design."""


def invent(country: str, rng: np.random.Generator) -> str:
    """A plate as it is written on the metal, in a valid format of this country."""
    design = DESIGNS[country]
    letters = _UKRAINIAN if country == "UKR" else _LETTERS
    made = [
        letters[rng.integers(len(letters))] if c == "A" else str(rng.integers(2, 10)) if c == "9" else c
        for c in design.pattern
    ]
    return design.areas[rng.integers(len(design.areas))] + "".join(made)


def draw(country: str, written: str) -> Picture:
    """The plate, 1040 x 220 pixels, blue first; the same text gives the same pixels, dirt included."""
    design = DESIGNS[country]
    plate = np.full((HEIGHT_MM * _SCALE, WIDTH_MM * _SCALE, 3), design.ground, np.uint8)
    _draw_band(plate, design)
    right = WIDTH_MM - _RIM_MM - 6
    if design.right_band:
        _rectangle(plate, (WIDTH_MM - _BAND_MM, 0, WIDTH_MM, HEIGHT_MM), _BLUE)
        right = WIDTH_MM - _BAND_MM - 6
    _draw_text(plate, written, _BAND_MM + 8, right)
    rim = _RIM_MM * _SCALE
    cv2.rectangle(plate, (0, 0), (plate.shape[1] - 1, plate.shape[0] - 1), (46, 44, 42), rim)
    return _weathered(plate, zlib.crc32(written.encode()))


def _draw_band(plate: Picture, design: Design) -> None:
    _rectangle(plate, (0, 0, _BAND_MM, HEIGHT_MM), _BLUE)
    if design.letters == "UA":
        _rectangle(plate, (0, 0, _BAND_MM, 32), (190, 110, 10))
        _rectangle(plate, (0, 32, _BAND_MM, 60), (20, 214, 255))
    if design.letters == "UK":
        _rectangle(plate, (9, 22, _BAND_MM - 6, 46), _WHITE)
        _rectangle(plate, (20, 22, 26, 46), (40, 20, 200))
        _rectangle(plate, (9, 31, _BAND_MM - 6, 37), (40, 20, 200))
    if design.stars:
        for turn in np.arange(12) * np.pi / 6:
            star = ellipse((_BAND_MM / 2 + 2 + 13 * np.sin(turn), 34 - 13 * np.cos(turn)), (2.1, 2.1))
            cv2.fillPoly(plate, [np.rint(star * _SCALE).astype(np.int32)], (40, 210, 255), cv2.LINE_AA)
    ink = lettering(design.letters, 26 * _SCALE, 1)
    left = (_BAND_MM + 2) * _SCALE // 2 - ink.shape[1] // 2
    ink_over(plate, ink, (left, 74 * _SCALE), (222, 216, 208))


def _rectangle(plate: Picture, edges_mm: tuple[int, int, int, int], colour: Colour) -> None:
    left, top, right, bottom = (edge * _SCALE for edge in edges_mm)
    plate[top:bottom, left:right] = np.array(colour, np.uint8)


def _advance(character: str) -> float:
    """How much room one position takes, in millimetres."""
    return {" ": _GAP_MM, ":": _SEAL_MM, "-": 30.0, "1": 38.0, "I": 26.0, "M": 56.0, "W": 56.0}.get(character, _CELL_MM)


def _draw_text(plate: Picture, written: str, left_mm: float, right_mm: float) -> None:
    natural = sum(_advance(c) for c in written)
    squeeze = min(1.0, (right_mm - left_mm) / natural)
    x = left_mm + (right_mm - left_mm - natural * squeeze) / 2
    for character in written:
        room = _advance(character) * squeeze
        if character == ":":
            _draw_seals(plate, x + room / 2)
        elif character != " ":
            _draw_character(plate, character, x, room)
        x += room


def _draw_character(plate: Picture, character: str, x_mm: float, room_mm: float) -> None:
    ink = lettering(character, 220, 4)
    height = 10 if character == "-" else _GLYPH_MM
    width = room_mm * 0.82
    if character in "I1":
        width = min(width, ink.shape[1] / ink.shape[0] * height)
    size = round(width * _SCALE), round(height * _SCALE)
    glyph = as_picture(cv2.resize(ink, size, interpolation=cv2.INTER_AREA))
    corner = round((x_mm + (room_mm - width) / 2) * _SCALE), round((HEIGHT_MM - height) / 2 * _SCALE)
    ink_over(plate, glyph, corner, _INK)


def _draw_seals(plate: Picture, x_mm: float) -> None:
    for y_mm, colour in ((33, (196, 206, 150)), (77, (190, 200, 206))):
        centre = round(x_mm * _SCALE), round(y_mm * _SCALE)
        cv2.circle(plate, centre, 15 * _SCALE, colour, cv2.FILLED, cv2.LINE_AA)
        cv2.circle(plate, centre, 9 * _SCALE, tuple(c * 0.9 for c in colour), cv2.FILLED, cv2.LINE_AA)


def _weathered(plate: Picture, seed: int) -> Picture:
    """A little grime that gathers towards the lower rim, and a few specks."""
    rng = np.random.default_rng(seed)
    height, width = plate.shape[:2]
    cloud = cv2.resize(rng.random((4, 14)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    fall = np.linspace(0.4, 1.0, height, dtype=np.float32)[:, None]
    grime = np.clip(cloud, 0, 1) * fall * 0.16
    for x, y, radius in zip(rng.integers(0, width, 9), rng.integers(0, height, 9), rng.integers(2, 5, 9), strict=True):
        cv2.circle(grime, (int(x), int(y)), int(radius), (0.4,), cv2.FILLED, cv2.LINE_AA)
    mud = np.array((70, 96, 112), np.float32)
    return as_picture(plate + grime[..., None] * (mud - plate))
