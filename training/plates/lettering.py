"""Places characters side by side on an ink plane the way a press does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from training.plates.fonts import Font, Grey

LEAST_STRETCH = 0.55
LEAST_GAP, GAP_OF_SPACING = 0.2, 0.7
"""How wide a gap without a mark is seen: in letter heights, and as a share of what is between any two letters."""


@dataclass(frozen=True)
class Lettering:
    """How one plate is lettered; lengths are shares of the letter height.

    Attributes:
        stretch: widens (> 1) or narrows each character.
        spacing: between characters of a group.
        gap: between groups.
        cell: if not 0, each character stands in the middle of a cell of this width.
        marks: whether dashes and dots of a format are drawn.
        dots: whether A, O and U carry two dots, which a reader leaves out.
    """

    font: Font
    stretch: float
    spacing: float
    gap: float
    cell: float
    marks: bool
    dots: bool = False


@dataclass(frozen=True)
class Line:
    """A row of text to be drawn.

    Attributes:
        groups: characters between gaps.
        gaps: space, dash or dot between two groups.
    """

    groups: tuple[str, ...]
    gaps: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.groups)


def draw_lettering(rng: np.random.Generator, fonts: Sequence[Font], shares: Sequence[float]) -> Lettering:
    font = fonts[int(rng.choice(len(fonts), p=shares))]
    return Lettering(
        font=font,
        stretch=float(rng.uniform(0.8, 1.25)),
        spacing=float(rng.choice([rng.uniform(0.06, 0.2), rng.uniform(0.14, 0.45)], p=[0.8, 0.2])),
        gap=float(rng.choice([rng.uniform(0.1, 0.35), rng.uniform(0.3, 0.9)])),
        cell=float(rng.uniform(0.55, 0.8)) if rng.random() < 0.3 else 0.0,
        marks=bool(rng.random() < 0.6),
        dots=bool(rng.random() < 0.04),
    )


def line_width(line: Line, lettering: Lettering) -> float:
    """In letter heights."""
    return sum(step for _, step in _steps(line, lettering)) - lettering.spacing


def seen_gaps(line: Line, lettering: Lettering) -> frozenset[int]:
    """Indices of characters before which anybody sees a gap; a narrow one between loose letters is seen by nobody."""
    seen, index = set(), 0
    wide = lettering.gap >= max(LEAST_GAP, GAP_OF_SPACING * lettering.spacing)
    for group, gap in zip(line.groups, line.gaps, strict=False):
        index += len(group)
        if wide or (lettering.marks and gap.strip()):
            seen.add(index)
    return frozenset(seen)


def write(
    plane: Grey, line: Line, lettering: Lettering, box: tuple[float, float, float, float]
) -> list[tuple[float, float]]:
    """Draws a line into the box (left, top, width, height), squeezed if it is too long, centred if too short.

    Returns:
        Left and right end of each gap in pixels, for what may stand there.
    """
    left, top, width, height = box
    natural = line_width(line, lettering) * height
    squeeze = min(1.0, width / max(natural, 1.0))
    x = left + (width - natural * squeeze) / 2
    scale = height * squeeze
    gaps = []
    for piece, step in _steps(line, lettering):
        wide = step * scale
        if piece in ("", "-", "."):
            gaps.append((x, x + wide))
            if piece:
                _mark(plane, piece, (x + wide / 2, top, height), squeeze)
        else:
            glyph_wide = _ink_width(piece, lettering) * scale
            inset = (wide - lettering.spacing * scale - glyph_wide) / 2
            lowered = _dots(plane, (x + inset, top, glyph_wide, height)) if lettering.dots and piece in "AOU" else 0.0
            put(plane, lettering.font.glyphs[piece], (x + inset, top + lowered, glyph_wide, height - lowered))
        x += wide
    return gaps


def put(plane: Grey, glyph: Grey, box: tuple[float, float, float, float]) -> None:
    """Adds one character's ink; what lies outside the plane is left out."""
    x, y, wide, high = round(box[0]), round(box[1]), max(1, round(box[2])), max(1, round(box[3]))
    sized = cv2.resize(glyph, (wide, high), interpolation=cv2.INTER_AREA)
    x0, y0 = max(0, x), max(0, y)
    region = plane[y0 : y + high, x0 : x + wide]
    if region.size:
        np.maximum(region, sized[y0 - y : y0 - y + region.shape[0], x0 - x : x0 - x + region.shape[1]], out=region)


def words(plane: Grey, text: str, font: Font, box: tuple[float, float, float, float]) -> None:
    """Small print: upper case, one line, in the middle of the box."""
    groups = tuple(part for part in text.upper().split(" ") if part)
    if groups:
        plain = Lettering(font, 1.0, 0.12, 0.45, 0.0, False)
        write(plane, Line(groups, (" ",) * (len(groups) - 1)), plain, box)


def _steps(line: Line, lettering: Lettering) -> list[tuple[str, float]]:
    """Each character and gap ("" or its mark) with how far the pen moves, in letter heights."""
    steps: list[tuple[str, float]] = []
    for index, group in enumerate(line.groups):
        if index:
            mark = line.gaps[index - 1].strip() if lettering.marks else ""
            steps.append((mark, max(lettering.gap, 0.4 if mark else 0.0)))
        for character in group:
            wide = _ink_width(character, lettering)
            steps.append((character, max(wide, lettering.cell * lettering.stretch) + lettering.spacing))
    return steps


def _ink_width(character: str, lettering: Lettering) -> float:
    glyph = lettering.font.glyphs[character]
    return float(glyph.shape[1]) / float(glyph.shape[0]) * lettering.stretch


def _dots(plane: Grey, box: tuple[float, float, float, float]) -> float:
    """Two dots above a letter; returns how much lower the letter begins."""
    left, top, wide, height = box
    radius = 0.065 * height
    for share in (0.25, 0.75):
        cv2.circle(
            plane, (round(left + wide * share), round(top + radius)), max(1, round(radius)), (255,), -1, cv2.LINE_AA
        )
    return 0.2 * height


def _mark(plane: Grey, mark: str, at: tuple[float, float, float], squeeze: float) -> None:
    """A dash at half height or a dot; some dots stand on the line."""
    x, top, height = at
    thick = max(1.0, 0.11 * height)
    half = (0.17 if mark == "-" else 0.06) * height * squeeze
    y = top + height * 0.5
    cv2.rectangle(plane, (round(x - half), round(y - thick / 2)), (round(x + half), round(y + thick / 2)), 255, -1)
