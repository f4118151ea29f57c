"""Makes whole plates: text, style, lettering and wear from one source of chance, for both networks' training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.plates import wear
from training.plates.fittings import FITTINGS
from training.plates.fonts import load_fonts, own_fonts
from training.plates.lettering import Lettering, Line, draw_lettering, line_width, seen_gaps, write
from training.plates.sheet import Sheet
from training.plates.styles import Style, draw_look, draw_style
from training.plates.texts import PlateText, TextSampler

_SEALED = {"DEU": 0.85, "AUT": 0.7, "SVK": 0.7, "CZE": 0.6, "HRV": 0.8, "SRB": 0.6, "CHE": 0.5, "SVN": 0.6, "USA": 0.3}
OTHERS_SEALED = 0.17
_REGION_BOX = frozenset({"RUS"})


@dataclass(frozen=True)
class RenderedPlate:
    """A plate as if cut out along its edge.

    Attributes:
        image: BGR, shape (h, w, 3), without background; h is 64 to 160 pixels.
        text: A-Z and 0-9 as a reader must give it, top row first.
        rows: 1 or 2.
        row_bands: top and bottom of each row's letters as shares of the height.
        row_texts: the part of `text` in each row.
        row_gaps: indices of characters of each row before which a gap is seen.
        row_ends: left and right end of each row's letters as shares of the width.
    """

    image: NDArray[np.uint8]
    text: str
    rows: int
    row_bands: tuple[tuple[float, float], ...]
    row_texts: tuple[str, ...]
    row_gaps: tuple[frozenset[int], ...]
    row_ends: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Row:
    line: Line
    top: float
    height: float


class PlateFactory:
    """Keeps the fonts as pictures; everything random comes from the generator handed in.

    Args:
        fonts: folder where the packages of `training/fonts` are installed; None for our own lettering alone.

    Raises:
        FileNotFoundError: it holds no font.
    """

    def __init__(self, fonts: Path | None) -> None:
        self._fonts = load_fonts(fonts) if fonts else own_fonts()
        shares = np.array([font.share for font in self._fonts])
        self._shares = (shares / shares.sum()).tolist()
        self._texts = TextSampler()

    def make(self, rng: np.random.Generator) -> RenderedPlate:
        text = self._texts.draw(rng)
        style = draw_style(text.country, len(text.text), rng)
        sheet = self._sheet(style, rng)
        for name in style.fittings:
            FITTINGS[name](sheet, rng)
        lettering = draw_lettering(rng, self._fonts, self._shares)
        sealed = style.rows == 1 and rng.random() < _SEALED.get(text.country, OTHERS_SEALED)
        if sealed:
            lettering = replace(lettering, gap=float(rng.uniform(0.4, 0.75)), marks=False)
        rows = _rows(sheet, style, text, rng)
        gaps = [gap for index, row in enumerate(rows) for gap in _write_row(sheet, row, index, lettering, text)]
        image = wear.press(sheet, rng)
        if sealed:
            wear.seals(image, gaps, rows[0].top, rows[0].height, rng)
        image = _age(image, sheet, style, rng)
        bands = tuple((row.top / sheet.height, (row.top + row.height) / sheet.height) for row in rows)
        texts = tuple(row.line.text for row in rows)
        seen = tuple(seen_gaps(row.line, lettering) for row in rows)
        ends = tuple(_ends(sheet, row) for row in rows)
        return RenderedPlate(image, "".join(texts), len(rows), bands, texts, seen, ends)

    def frame(
        self, plate: RenderedPlate, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
        """The plate in a holder, as `wear.framed`."""
        return wear.framed(plate.image, self._small(rng).font, rng)

    def _small(self, rng: np.random.Generator) -> Lettering:
        return draw_lettering(rng, self._fonts, self._shares)

    def _sheet(self, style: Style, rng: np.random.Generator) -> Sheet:
        height = int(rng.integers(66, 100) if style.rows == 1 else rng.integers(100, 150))
        width = round(height * float(rng.uniform(*style.aspect)))
        paper, ink = draw_look(style, rng)
        picture = np.full((height, width, 3), paper, np.uint8)
        room = [0.0, 0.0, float(width), float(height)]
        return Sheet(picture, np.zeros((height, width), np.uint8), room, self._small(rng).font, ink)


def _rows(sheet: Sheet, style: Style, text: PlateText, rng: np.random.Generator) -> list[_Row]:
    top, bottom = sheet.room[1], sheet.room[3]
    if style.rows == 1:
        height = min(float(rng.uniform(*style.letter)) * sheet.height, (bottom - top) * 0.95)
        slack = (bottom - top - height) / 2
        shift = float(np.clip(rng.normal(0, 0.25), -0.9, 0.9)) * max(0.0, slack - 0.03 * sheet.height)
        return [_Row(Line(text.groups, text.gaps), top + slack + shift, height)]
    upper, lower = _split(text, rng)
    inked = (bottom - top) * float(rng.uniform(*style.letter))
    share = float(rng.choice([0.5, rng.uniform(0.36, 0.55)]))
    between = min((bottom - top - inked) * float(rng.uniform(0.25, 0.45)), 0.14 * sheet.height)
    first = top + (bottom - top - inked - between) / 2
    return [_Row(upper, first, inked * share), _Row(lower, first + inked * share + between, inked * (1 - share))]


def _split(text: PlateText, rng: np.random.Generator) -> tuple[Line, Line]:
    """At a gap near the middle if there is one."""
    whole = text.text
    ends = np.cumsum([len(group) for group in text.groups]).tolist()[:-1]
    if ends and rng.random() < 0.85:
        cut = min(range(len(ends)), key=lambda i: abs(ends[i] - len(whole) / 2))
        upper = Line(text.groups[: cut + 1], text.gaps[:cut])
        return upper, Line(text.groups[cut + 1 :], text.gaps[cut + 1 :])
    middle = int(np.clip(len(whole) // 2 + rng.integers(-1, 1), 1, len(whole) - 1))
    return Line((whole[:middle],), ()), Line((whole[middle:],), ())


def _write_row(sheet: Sheet, row: _Row, index: int, lettering: Lettering, text: PlateText) -> list[tuple[float, float]]:
    margin = 0.06 * sheet.height
    left, right = sheet.room[0] + margin, sheet.room[2] - margin
    if index == 0:
        left += sheet.corner
    line = row.line
    if text.country in _REGION_BOX and line.text == text.text and len(line.groups) > 1 and len(line.groups[-1]) <= 3:
        right = _region_box(sheet, row, lettering, right)
        line = Line(line.groups[:-1], line.gaps[:-1])
    lettering = _spread(line, row.height, lettering, right - left)
    return write(sheet.ink, line, lettering, (left, row.top, right - left, row.height))


def _ends(sheet: Sheet, row: _Row) -> tuple[float, float]:
    inked = np.flatnonzero(sheet.ink[round(row.top) : round(row.top + row.height)].max(axis=0) > 64)
    return float(inked[0]) / sheet.width, float(inked[-1] + 1) / sheet.width


def _spread(line: Line, height: float, lettering: Lettering, room: float) -> Lettering:
    """Wide plates are filled by wider gaps and letters, up to what real ones do."""
    natural = line_width(line, lettering) * height
    spare = room / max(natural, 1.0)
    if spare < 1.15:
        return lettering
    grow = min(spare, 1.6) ** 0.5
    stretch = min(lettering.stretch * grow, 1.35)
    return replace(
        lettering, stretch=stretch, spacing=min(0.4, lettering.spacing * grow), gap=min(1.0, lettering.gap * grow)
    )


def _region_box(sheet: Sheet, row: _Row, lettering: Lettering, right: float) -> float:
    """Smaller digits at the upper right behind a line; returns where the room for the rest ends."""
    wide = 0.24 * (right - sheet.room[0])
    left = right - wide
    sheet.ink[:, round(left) : round(left) + max(1, sheet.height // 40)] = 255
    line = Line((row.line.groups[-1],), ())
    write(sheet.ink, line, lettering, (left + 0.1 * wide, sheet.height * 0.1, wide * 0.85, row.height * 0.75))
    rest = Line(("RUS",), ())
    write(sheet.ink, rest, lettering, (left + 0.1 * wide, sheet.height * 0.74, wide * 0.5, sheet.height * 0.14))
    return left - 0.02 * sheet.width


def _age(image: NDArray[np.uint8], sheet: Sheet, style: Style, rng: np.random.Generator) -> NDArray[np.uint8]:
    if rng.random() < style.edge:
        wear.edge_line(image, sheet.ink_colour, rng)
    if rng.random() < 0.4:
        wear.screws(image, rng)
    return wear.dirt(image, rng) if rng.random() < 0.3 else image
