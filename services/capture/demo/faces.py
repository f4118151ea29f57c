"""The nearest part of a vehicle: bonnet, grille and headlights of a front, tailgate and tail lamps of a rear."""

from __future__ import annotations

from services.capture.demo.bodies import Look, Point, Shape, View
from services.capture.demo.cabins import BLACK, SKY, TRIM, Cabin, waist
from services.capture.demo.paint import Canvas, Colour, Paint, ellipse, rounded, shade

HEADLIGHT: Colour = (236, 248, 255)
TAIL: Colour = (44, 34, 210)
_CHROME: Colour = (206, 202, 198)


def draw_front(canvas: Canvas, view: View, look: Look, cabin: Cabin) -> None:
    shape, half = look.shape, look.shape.width / 2
    draw_mirrors(canvas, view, look, cabin.base + 0.25)
    lower = view.mirrored(
        [
            (waist(shape), shape.sill, cabin.base),
            (half, shape.nose + 0.05, cabin.base - 0.2),
            (half + 0.015, 0.6, 0.5),
            (half, 0.32, 0.35),
            (half - 0.1, 0.18, 0.12),
        ]
    )
    canvas.fill(rounded(lower), Paint(shade(look.colour, 0.85), shade(look.colour, 0.45)))
    _draw_bonnet(canvas, view, look, cabin)
    nose = view.mirrored(
        [
            (half * 0.7, shape.nose, 0.08),
            (half - 0.05, shape.nose - 0.05, 0.3),
            (half - 0.01, 0.52, 0.3),
            (half - 0.03, 0.3, 0.2),
            (half * 0.8, 0.19, 0.02),
        ]
    )
    canvas.fill(rounded(nose), Paint(shade(look.colour, 1.05), shade(look.colour, 0.62)))
    _draw_grille(canvas, view, shape)
    _draw_bumper(canvas, view, shape)
    for side in (-1, 1):
        _draw_headlight(canvas, view, shape, side)


def draw_mirrors(canvas: Canvas, view: View, look: Look, depth: float) -> None:
    """Both outside mirrors; `depth` in metres behind the nearest face."""
    shape = look.shape
    for side in (-1, 1):
        x, y = view.at((side * (shape.width / 2 + 0.07), shape.sill + 0.06, depth))
        canvas.fill(ellipse((x, y), (44, 29)), Paint(shade(look.colour, 1.1), shade(look.colour, 0.5)))
        canvas.fill(ellipse((x, y + 16), (36, 9)), Paint(BLACK, alpha=0.8))


def _draw_bonnet(canvas: Canvas, view: View, look: Look, cabin: Cabin) -> None:
    shape, half = look.shape, look.shape.width / 2
    bonnet = rounded(
        view.mirrored(
            [
                (waist(shape) - 0.04, shape.sill - 0.01, cabin.base - 0.02),
                (half - 0.04, shape.nose + 0.1, cabin.base * 0.55),
                (half * 0.82, shape.nose + 0.01, 0.14),
                (half * 0.4, shape.nose - 0.02, 0.04),
            ]
        ),
    )
    canvas.fill(bonnet, Paint(shade(look.colour, 1.38), shade(look.colour, 1.02)))
    for side in (-1, 1):
        crease = view.outline(
            [
                (side * 0.52, shape.sill, cabin.base),
                (side * 0.50, shape.sill, cabin.base),
                (side * 0.38, shape.nose, 0.05),
                (side * 0.42, shape.nose, 0.05),
            ]
        )
        canvas.fill(crease, Paint(shade(look.colour, 0.6), alpha=0.5, soft=1.5), inside=bonnet)
    far = shape.sill - 0.01
    gleam = view.outline([(-0.7, far, cabin.base), (0.7, far, cabin.base), (0.5, far, 0.6), (-0.5, far, 0.6)])
    canvas.fill(gleam, Paint(SKY, alpha=0.3, soft=10), inside=bonnet)
    seam = view.outline([(-0.62, shape.nose - 0.03, 0.03), (0.62, shape.nose - 0.03, 0.03), (0, shape.nose - 0.05, 0)])
    canvas.fill(seam, Paint(BLACK, alpha=0.5, soft=1))


def _draw_grille(canvas: Canvas, view: View, shape: Shape) -> None:
    top, bottom = shape.nose - 0.055, shape.nose - 0.185
    grille = rounded(view.mirrored([(0.46, top, 0.04), (0.44, bottom + 0.03, 0.03), (0.36, bottom, 0.02)]))
    canvas.fill(grille, Paint(BLACK, (34, 32, 30)))
    for step in range(3):
        y = top - 0.03 - 0.036 * step
        slat = view.outline([(-0.5, y, 0.02), (0.5, y, 0.02), (0.5, y - 0.010, 0.02), (-0.5, y - 0.010, 0.02)])
        canvas.fill(slat, Paint((118, 114, 110), (70, 68, 66)), inside=grille)
    x, y = view.at((0, (top + bottom) / 2, 0))
    canvas.fill(ellipse((x, y), (21, 21)), Paint(_CHROME, (120, 116, 112)))
    canvas.fill(ellipse((x, y), (14, 14)), Paint(TRIM, BLACK))


def _draw_bumper(canvas: Canvas, view: View, shape: Shape) -> None:
    half, lift = shape.width / 2, shape.nose - 0.76
    edge = view.mirrored([(half - 0.12, 0.555 + lift, 0.1), (half - 0.14, 0.54 + lift, 0.1)])
    canvas.fill(edge, Paint(SKY, alpha=0.3, soft=1.5))
    intake = rounded(
        view.mirrored([(half - 0.34, 0.36 + lift / 2, 0.02), (half - 0.28, 0.25, 0.02), (half - 0.36, 0.22, 0.02)]), 2
    )
    canvas.fill(intake, Paint(BLACK, (40, 38, 37)))
    for side in (-1, 1):
        vent: list[Point] = [
            (side * (half - 0.3), 0.43 + lift, 0.04),
            (side * (half - 0.07), 0.48 + lift, 0.2),
            (side * (half - 0.07), 0.3, 0.2),
            (side * (half - 0.22), 0.28, 0.05),
        ]
        canvas.fill(rounded(view.outline(vent)), Paint(BLACK, (36, 34, 33)))
        x, y = view.at((side * (half - 0.17), 0.385 + lift / 2, 0.1))
        canvas.fill(ellipse((x, y), (17, 15)), Paint(_CHROME, (150, 146, 140)))
    lip = view.mirrored([(half - 0.1, 0.205, 0.05), (half - 0.14, 0.17, 0.03)])
    canvas.fill(lip, Paint(BLACK))


def _draw_headlight(canvas: Canvas, view: View, shape: Shape, side: int) -> None:
    half, nose = shape.width / 2, shape.nose
    corners: list[Point] = [
        (side * (half - 0.42), nose - 0.06, 0.06),
        (side * (half - 0.1), nose + 0.0, 0.26),
        (side * (half - 0.03), nose - 0.04, 0.32),
        (side * (half - 0.05), nose - 0.16, 0.28),
        (side * (half - 0.34), nose - 0.19, 0.07),
    ]
    lamp = rounded(view.outline(corners))
    canvas.fill(lamp, Paint((96, 90, 84), (46, 42, 40), light=(120, 130, 140)))
    for inward, radius in ((0.30, 24), (0.16, 21)):
        x, y = view.at((side * (half - inward), nose - 0.105 + (0.30 - inward) * 0.08, 0.12))
        canvas.fill(ellipse((x, y), (radius, radius)), Paint(_CHROME, light=HEADLIGHT), inside=lamp)
        canvas.fill(ellipse((x, y), (radius * 0.62, radius * 0.62)), Paint(HEADLIGHT, light=(255, 255, 255)))
    strip = view.outline(
        [
            (side * (half - 0.4), nose - 0.17, 0.06),
            (side * (half - 0.04), nose - 0.14, 0.28),
            (side * (half - 0.04), nose - 0.165, 0.28),
            (side * (half - 0.38), nose - 0.2, 0.06),
        ]
    )
    canvas.fill(strip, Paint((255, 255, 255), light=HEADLIGHT), inside=lamp)


def draw_rear(canvas: Canvas, view: View, look: Look, cabin: Cabin) -> None:
    shape, half, colour = look.shape, look.shape.width / 2, look.colour
    gate = view.mirrored(
        [
            (waist(shape), shape.sill + 0.03, cabin.base),
            (half - 0.01, shape.sill - 0.1, 0.2),
            (half + 0.01, 0.55, 0.2),
            (half - 0.02, 0.3, 0.15),
            (half * 0.86, 0.2, 0.02),
        ]
    )
    canvas.fill(rounded(gate), Paint(shade(colour, 1.18), shade(colour, 0.55)))
    lid = view.mirrored([(half - 0.1, shape.sill - 0.055, 0.06), (half - 0.14, shape.sill - 0.07, 0.05)])
    canvas.fill(lid, Paint(SKY, alpha=0.35, soft=2))
    _draw_rear_bumper(canvas, view, look)
    mount = shape.rear_plate
    recess = view.mirrored([(0.35, mount + 0.11, 0.03), (0.38, mount - 0.09, 0.03)])
    canvas.fill(rounded(recess), Paint(shade(colour, 0.5), shade(colour, 0.75)))
    strip = view.mirrored([(0.3, mount + 0.105, 0.0), (0.3, mount + 0.08, 0.0)])
    canvas.fill(strip, Paint(_CHROME, (120, 118, 114)))
    x, y = view.at((0, min(mount + 0.17, shape.sill - 0.05), 0.0))
    canvas.fill(ellipse((x, y), (19, 19)), Paint(_CHROME, (110, 106, 102)))
    for side in (-1, 1):
        _draw_tail_lamp(canvas, view, shape, side)
    top = view.mirrored([(0.16, shape.height - 0.035, cabin.top), (0.16, shape.height - 0.05, cabin.top)])
    canvas.fill(top, Paint((30, 24, 120), light=(30, 20, 90)))


def _draw_rear_bumper(canvas: Canvas, view: View, look: Look) -> None:
    half, colour = look.shape.width / 2, look.colour
    seam = view.mirrored([(half - 0.02, 0.585, 0.1), (half - 0.02, 0.57, 0.1)])
    canvas.fill(seam, Paint(BLACK, alpha=0.55, soft=1))
    bumper = view.mirrored([(half - 0.03, 0.56, 0.08), (half + 0.0, 0.46, 0.1), (half - 0.06, 0.32, 0.06)])
    canvas.fill(rounded(bumper), Paint(shade(colour, 1.12), shade(colour, 0.7)))
    skirt = view.mirrored([(half - 0.1, 0.36, 0.04), (half - 0.06, 0.25, 0.04), (half - 0.18, 0.17, 0.02)])
    canvas.fill(rounded(skirt), Paint((52, 50, 48), BLACK))
    for side in (-1, 1):
        x, y = view.at((side * (half - 0.2), 0.4, 0.02))
        canvas.fill(ellipse((x, y), (34, 8)), Paint((40, 36, 160), light=(24, 18, 70)))
    x, y = view.at((-0.5, 0.24, 0.0))
    canvas.fill(ellipse((x, y), (28, 12)), Paint((120, 116, 112), BLACK))


def _draw_tail_lamp(canvas: Canvas, view: View, shape: Shape, side: int) -> None:
    half, top = shape.width / 2, shape.sill - 0.07
    upright = shape.tail < 0.2
    inner, low = (0.13, 0.42) if upright else (0.42, 0.2)
    corners: list[Point] = [
        (side * (half - inner), top - 0.03, 0.06),
        (side * (half - 0.04), top + 0.0, 0.14),
        (side * (half - 0.0), top - 0.1, 0.18),
        (side * (half - 0.02), top - low, 0.16),
        (side * (half - inner * 0.8), top - low * 0.9, 0.07),
    ]
    lamp = rounded(view.outline(corners))
    canvas.fill(lamp, Paint((56, 44, 196), (30, 22, 110), light=TAIL))
    edge = [(x * 0.985, y - 0.06, depth) for x, y, depth in corners[:3]]
    band = view.outline([*edge, *[(x * 0.985, y - 0.035, depth) for x, y, depth in reversed(edge)]])
    canvas.fill(band, Paint((150, 140, 250), light=(120, 110, 255)), inside=lamp)
    white = view.outline([(x, y - low * 0.62, depth) for x, y, depth in edge] + [corners[3], corners[4]])
    canvas.fill(white, Paint((190, 186, 214), alpha=0.5), inside=lamp)
