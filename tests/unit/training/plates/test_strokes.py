from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np

from training.plates.fonts import CHARACTERS, GLYPH_HEIGHT, own_fonts

PRINTED_ALIKE = ({"0", "O"}, {"1", "I"}, {"0", "D"}, {"O", "D"}, {"0", "Q"}, {"O", "Q"}, {"8", "B"})


def test_every_lettering_has_every_character_cut_to_its_ink() -> None:
    for font in own_fonts():
        assert set(font.glyphs) == set(CHARACTERS)
        for glyph in font.glyphs.values():
            assert glyph.shape[0] == GLYPH_HEIGHT
            assert min(glyph.max(axis=1).min(initial=255), glyph[:, 0].max(), glyph[:, -1].max()) >= 0
            assert glyph[0].max() > 0
            assert glyph[-1].max() > 0


def test_no_two_characters_look_the_same_unless_plates_print_them_alike() -> None:
    for font in own_fonts():
        sized = {c: cv2.resize(glyph, (32, GLYPH_HEIGHT)).astype(int) for c, glyph in font.glyphs.items()}
        for a, b in combinations(CHARACTERS, 2):
            if {a, b} not in PRINTED_ALIKE:
                assert np.abs(sized[a] - sized[b]).mean() > 12, (font.name, a, b)
