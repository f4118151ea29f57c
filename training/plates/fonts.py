"""Turns font files into pictures of single characters once, because drawing outlines per plate would be too slow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.plates.strokes import stroke_fonts

Grey = NDArray[np.uint8]

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
GLYPH_HEIGHT = 64
_RASTER_SIZE = 128
_WEIGHTS = (500, 600, 700, 400, 800)
_PER_FAMILY = 2
_FILE = re.compile(r"(?P<family>.+)-latin-(?P<weight>\d+)-normal\.woff")
PLATE_LIKE = (
    "barlow", "overpass", "b612", "saira", "share-tech", "quantico", "roboto-condensed", "rajdhani", "chakra-petch",
    "oxanium", "arimo", "archivo-narrow", "titillium-web", "rubik", "kosugi-maru", "varela-round",
)  # fmt: skip
"""Families close to DIN 1451, Charles Wright, highway gothic or the rounded dies of the Americas: drawn more often."""


@dataclass(frozen=True)
class Font:
    """Pictures of the 36 plate characters.

    Attributes:
        name: file or family, for contact sheets.
        share: how often it is drawn, relative to the others.
        glyphs: coverage 0 to 255, shape (GLYPH_HEIGHT, width), cut to the ink.
    """

    name: str
    share: float
    glyphs: dict[str, Grey]


def own_fonts() -> tuple[Font, ...]:
    """The lettering drawn from strokes, for which nothing need be installed."""
    drawn = stroke_fonts(CHARACTERS, GLYPH_HEIGHT)
    return tuple(Font(name, 5.0, glyphs) for name, glyphs in drawn.items())


def load_fonts(folder: Path) -> tuple[Font, ...]:
    """All usable fonts under an installed `training/fonts` folder, in the order of their names, and our own.

    Raises:
        FileNotFoundError: no font lies there.
    """
    chosen: dict[str, dict[int, Path]] = {}
    for path in sorted(folder.rglob("*.woff")):
        if match := _FILE.fullmatch(path.name):
            chosen.setdefault(match["family"], {})[int(match["weight"])] = path
    if not chosen:
        raise FileNotFoundError(f"No fonts under {folder}: run `make train-fonts` first")
    fonts = list[Font]()
    for family, weights in chosen.items():
        share = 3.0 if family.startswith(PLATE_LIKE) else 1.0
        drawn = [weight for weight in _WEIGHTS if weight in weights][:_PER_FAMILY]
        fonts += [Font(f"{family}-{weight}", share, _glyphs(weights[weight])) for weight in drawn]
    return (*fonts, *own_fonts())


def _glyphs(path: Path) -> dict[str, Grey]:
    font = ImageFont.truetype(str(path), _RASTER_SIZE)
    return {character: _glyph(font, character) for character in CHARACTERS}


def _glyph(font: ImageFont.FreeTypeFont, character: str) -> Grey:
    """The character's ink, squeezed to the common height: no plate has letters that reach below the line."""
    canvas = Image.new("L", (3 * _RASTER_SIZE, 3 * _RASTER_SIZE))
    ImageDraw.Draw(canvas).text((_RASTER_SIZE, _RASTER_SIZE), character, fill=255, font=font)
    drawn = np.asarray(canvas)
    left, top, width, height = cv2.boundingRect((drawn > 40).astype(np.uint8))
    capital = font.getbbox("H")[3] - font.getbbox("H")[1]
    wide = max(4, round(width * GLYPH_HEIGHT / capital))
    ink = drawn[top : top + height, left : left + width]
    return cv2.resize(ink, (wide, GLYPH_HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
