"""What stands beside the road: a building, trees, a hedge, lamps, a sign and the gate's two barriers."""

from __future__ import annotations

import numpy as np

from services.capture.demo.lens import Lens, World
from services.capture.demo.paint import Canvas, Colour, Paint, ellipse, lettering, rounded, shade

LAMPS: tuple[tuple[float, float], ...] = ((3.4, 13.0), (-3.4, 24.0), (3.4, 38.0), (-3.4, 58.0), (3.4, 85.0))
"""Metres right of the middle and away from the camera."""
_LAMP_LIGHT: Colour = (150, 215, 255)
_LEAF: Colour = (52, 104, 74)
_WALL: Colour = (150, 168, 182)
_RED: Colour = (44, 38, 200)
_WHITE: Colour = (238, 240, 240)


def draw_roadside(canvas: Canvas, lens: Lens, rng: np.random.Generator) -> None:
    """Everything that stands, from far to near."""
    _draw_skyline(canvas, lens, rng)
    _draw_building(canvas, lens, rng)
    for depth in (120.0, 95.0, 76.0, 60.0, 48.0, 39.0, 32.0):
        _draw_tree(canvas, lens, (7.2, 0.0, depth), rng)
    _draw_hedge(canvas, lens, rng)
    for x, depth in reversed(LAMPS):
        _draw_lamp(canvas, lens, x, depth)
    _draw_sign(canvas, lens)
    _draw_barrier(canvas, lens, (3.12, 0.0, 23.0))
    _draw_barrier(canvas, lens, (-3.12, 0.0, 17.0))


def _draw_skyline(canvas: Canvas, lens: Lens, rng: np.random.Generator) -> None:
    """Woods at the end of the road and a few houses before them."""
    for level, (height, colour) in enumerate(((13.0, (168, 158, 132)), (8.0, (112, 126, 100)))):
        depth = 420.0 - level * 120
        for x in range(-110, 111, 5):
            tall = height * rng.uniform(0.65, 1.1)
            centre = lens.at((x, tall * 0.4, depth))
            radii = lens.scale(depth) * 4.5, lens.scale(depth) * tall * 0.6
            canvas.fill(ellipse(centre, radii), Paint(shade(colour, 1.1), colour, soft=0.8))
    for x in (12, 19, 27):
        wall: list[World] = [(x - 3, 0.0, 280.0), (x - 3, 5.5, 280.0), (x + 3, 5.5, 280.0), (x + 3, 0.0, 280.0)]
        canvas.fill(lens.outline(wall), Paint((188, 200, 206), (160, 170, 176)))
        roof: list[World] = [(x - 3.5, 5.4, 280.0), (x, 8.5, 280.0), (x + 3.5, 5.4, 280.0)]
        canvas.fill(lens.outline(roof), Paint((84, 92, 150)))
        pane = lens.outline([(x - 1, 2.5, 280.0), (x - 1, 4, 280.0), (x + 1, 4, 280.0), (x + 1, 2.5, 280.0)])
        canvas.fill(pane, Paint((120, 110, 100), light=(90, 170, 220)))


def _draw_building(canvas: Canvas, lens: Lens, rng: np.random.Generator) -> None:
    """An office facade along the left, whose windows are lit at night here and there."""
    x, near, far, top = -6.4, 20.0, 110.0, 11.0
    end: list[World] = [(x, 0, far), (x, top, far), (x - 12, top, far), (x - 12, 0, far)]
    canvas.fill(lens.outline(end), Paint(shade(_WALL, 0.8)))
    facade: list[World] = [(x, 0, near), (x, top, near), (x, top, far), (x, 0, far)]
    canvas.fill(lens.outline(facade), Paint(shade(_WALL, 1.15), shade(_WALL, 0.92)))
    plinth: list[World] = [(x, 0, near), (x, 0.55, near), (x, 0.55, far), (x, 0, far)]
    canvas.fill(lens.outline(plinth), Paint(shade(_WALL, 0.55), shade(_WALL, 0.45)))
    for start in (near + 3.6 * number for number in range(25)):
        post: list[World] = [(x, 0.5, start), (x, top, start), (x, top, start + 0.35), (x, 0.5, start + 0.35)]
        canvas.fill(lens.outline(post), Paint(shade(_WALL, 0.78)))
        for storey in (1.0, 4.2, 7.4):
            left, right, low, high = start + 0.9, start + 3.1, storey, storey + 1.9
            pane: list[World] = [(x, low, left), (x, high, left), (x, high, right), (x, low, right)]
            lit = rng.random() < 0.45
            glow = shade((96, 178, 226), float(rng.uniform(0.6, 1))) if lit else None
            canvas.fill(lens.outline(pane), Paint((206, 184, 158), (128, 112, 98), light=glow))
            bar: list[World] = [
                (x, low, left + 1.05),
                (x, high, left + 1.05),
                (x, high, left + 1.15),
                (x, low, left + 1.15),
            ]
            canvas.fill(lens.outline(bar), Paint((92, 92, 94)))


def _draw_tree(canvas: Canvas, lens: Lens, foot: World, rng: np.random.Generator) -> None:
    x, _, depth = foot
    scale = lens.scale(depth)
    trunk: list[World] = [(x - 0.13, 0, depth), (x - 0.1, 3, depth), (x + 0.1, 3, depth), (x + 0.13, 0, depth)]
    canvas.fill(lens.outline(trunk), Paint((58, 74, 88), (46, 60, 72)))
    for step in range(70):
        high = 2.2 + 4.5 * step / 70
        spread = 1.7 * np.sin(np.pi * (0.15 + 0.8 * step / 70))
        place = lens.at((x + float(rng.normal(0, 0.55)) * spread, high + float(rng.normal(0, 0.3)), depth))
        size = scale * float(rng.uniform(0.22, 0.55))
        tone = shade(_LEAF, float(rng.uniform(0.6, 1.0) + 0.3 * step / 70))
        canvas.fill(ellipse(place, (size, size * 0.8)), Paint(shade(tone, 1.15), shade(tone, 0.75), alpha=0.9))


def _draw_hedge(canvas: Canvas, lens: Lens, rng: np.random.Generator) -> None:
    x, near, far, top = 5.2, 16.0, 150.0, 1.25
    side: list[World] = [(x, 0, near), (x, top, near), (x, top, far), (x, 0, far)]
    canvas.fill(lens.outline(side), Paint(shade(_LEAF, 0.95), shade(_LEAF, 0.55)))
    back: list[World] = [(x, top, near), (x + 0.9, top, near), (x + 0.9, top, far), (x, top, far)]
    canvas.fill(lens.outline(back), Paint(shade(_LEAF, 1.2), shade(_LEAF, 1.1)))
    for depth in near * np.exp(rng.uniform(0, 2.2, 900)):
        place = lens.at((x + float(rng.uniform(-0.05, 0.1)), float(rng.uniform(0.05, top + 0.05)), float(depth)))
        size = lens.scale(float(depth)) * float(rng.uniform(0.03, 0.09))
        tone = shade(_LEAF, float(rng.uniform(0.55, 1.3)))
        canvas.fill(ellipse(place, (size, size * 0.7)), Paint(tone, alpha=0.75))


def _draw_lamp(canvas: Canvas, lens: Lens, x: float, depth: float) -> None:
    top, inward = 4.6, -np.sign(x)
    pole: list[World] = [
        (x - 0.06, 0, depth),
        (x - 0.04, top, depth),
        (x + 0.04, top, depth),
        (x + 0.06, 0, depth),
    ]
    canvas.fill(lens.outline(pole), Paint((120, 118, 114), (88, 86, 84)))
    head: list[World] = [
        (x, top, depth),
        (x + 0.7 * inward, top + 0.06, depth),
        (x + 0.7 * inward, top - 0.04, depth),
        (x, top - 0.06, depth),
    ]
    canvas.fill(lens.outline(head), Paint((110, 108, 104), light=_LAMP_LIGHT))
    base = lens.at((x, 0.02, depth))
    canvas.fill(ellipse(base, (lens.scale(depth) * 0.12, lens.scale(depth) * 0.05)), Paint((80, 78, 76)))


def _draw_sign(canvas: Canvas, lens: Lens) -> None:
    x, depth = -3.6, 33.0
    pole: list[World] = [(x - 0.03, 0, depth), (x - 0.03, 2.6, depth), (x + 0.03, 2.6, depth), (x + 0.03, 0, depth)]
    canvas.fill(lens.outline(pole), Paint((150, 148, 144)))
    for margin, paint in ((0.0, Paint(_WHITE)), (0.03, Paint((176, 92, 20), (150, 74, 12)))):
        low, high, half = 1.9 + margin, 2.6 - margin, 0.35 - margin
        board: list[World] = [(x - half, low, depth), (x - half, high, depth), (x + half, high, depth)]
        canvas.fill(rounded(lens.outline([*board, (x + half, low, depth)]), cut=0.08), paint)
    scale = lens.scale(depth) / 50
    ink = lettering("P", max(8, round(24 * scale)), 1)
    centre = lens.at((x, 2.25, depth))
    left, top = round(centre[0] - ink.shape[1] / 2), round(centre[1] - ink.shape[0] / 2)
    window = slice(top, top + ink.shape[0]), slice(left, left + ink.shape[1])
    cover = ink.astype(np.float32)[..., None] / 255
    canvas.colour[window] += cover * (np.array(_WHITE, np.float32) - canvas.colour[window])


def _draw_barrier(canvas: Canvas, lens: Lens, foot: World) -> None:
    """A cabinet with its boom raised: the gate is open."""
    x, _, depth = foot
    out, scale = float(np.sign(x)), lens.scale(depth)
    low = lens.at((x, 0, depth))
    canvas.fill(ellipse(low, (scale * 0.4, scale * 0.07)), Paint((30, 28, 28), alpha=0.5, soft=5))
    for stripe in range(9):
        start, stop = 0.95 + stripe * 0.36, 0.95 + (stripe + 1) * 0.36
        boom: list[World] = [
            (x + out * (start * 0.09 - 0.05), start, depth),
            (x + out * (stop * 0.09 - 0.05), stop, depth),
            (x + out * (stop * 0.09 + 0.04), stop, depth),
            (x + out * (start * 0.09 + 0.04), start, depth),
        ]
        canvas.fill(lens.outline(boom), Paint(_RED if stripe % 2 else _WHITE))
    cabinet: list[World] = [(x - 0.19, 0, depth), (x - 0.19, 1.1, depth), (x + 0.19, 1.1, depth), (x + 0.19, 0, depth)]
    canvas.fill(rounded(lens.outline(cabinet), cut=0.05), Paint((40, 176, 246), (24, 126, 200)))
    panel: list[World] = [(x - 0.13, 0.55, depth), (x - 0.13, 0.98, depth), (x + 0.13, 0.98, depth)]
    canvas.fill(lens.outline([*panel, (x + 0.13, 0.55, depth)]), Paint((72, 70, 70), (48, 46, 46)))
    lamp = lens.at((x, 1.16, depth))
    canvas.fill(ellipse(lamp, (scale * 0.05, scale * 0.06)), Paint((90, 200, 110), light=(90, 240, 120)))
