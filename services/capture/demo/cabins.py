"""The part of a vehicle that front and rear pictures share: shadow, wheels, flank, roof and the window facing us."""

from __future__ import annotations

from dataclasses import dataclass

from services.capture.demo.bodies import Look, Point, Shape, View
from services.capture.demo.paint import Canvas, Colour, Outline, Paint, ellipse, rounded, shade

BLACK: Colour = (22, 21, 21)
TRIM: Colour = (46, 43, 41)
SKY: Colour = (248, 238, 226)
_GLASS: Colour = (50, 43, 38)
_GLASS_TOP: Colour = (156, 136, 114)


@dataclass(frozen=True)
class Cabin:
    """Depths in metres behind the nearest face: the window's lower and upper edge and the end of the roof."""

    base: float
    top: float
    end: float


def front_cabin(shape: Shape) -> Cabin:
    return Cabin(shape.cowl, shape.cowl + shape.rake, shape.length - shape.tail - 0.2)


def rear_cabin(shape: Shape) -> Cabin:
    base = 0.62 if shape.tail > 0.5 else 0.1
    return Cabin(base, base + shape.tail, shape.length - shape.cowl - shape.rake)


def waist(shape: Shape) -> float:
    """Half the width at the windows' lower edge."""
    return shape.width / 2 - 0.07


def draw_cabin(canvas: Canvas, view: View, look: Look, cabin: Cabin) -> None:
    """Everything from the road up to the window, without bonnet or tailgate."""
    _draw_ground(canvas, view, look.shape)
    _draw_flank(canvas, view, look, cabin)
    _draw_roof(canvas, view, look, cabin)
    _draw_window(canvas, view, look.shape, cabin)


def _draw_ground(canvas: Canvas, view: View, shape: Shape) -> None:
    half = shape.width / 2
    wide = view.outline([(-half - 0.12, 0, -0.12), (half + 0.12, 0, -0.12), (half, 0, 4), (-half, 0, 4)])
    canvas.fill(wide, Paint((12, 10, 10), alpha=0.5, soft=22))
    close = view.outline([(-half + 0.05, 0, 0.05), (half - 0.05, 0, 0.05), (half - 0.1, 0.2, 3), (-half + 0.1, 0.2, 3)])
    canvas.fill(close, Paint((8, 8, 8), alpha=0.8, soft=11))
    for side in (-1, 1):
        outer, inner = side * (half - 0.03), side * (half - 0.25)
        tyre = view.outline([(outer, 0.5, 0.5), (inner, 0.5, 0.5), (inner, 0.0, 0.5), (outer, 0.0, 0.5)])
        canvas.fill(rounded(tyre), Paint((34, 32, 32), (16, 15, 15)))


def _draw_flank(canvas: Canvas, view: View, look: Look, cabin: Cabin) -> None:
    """The side that looks towards the camera's axis."""
    shape, side = look.shape, -1 if look.lane > 0 else 1
    half, far = side * shape.width / 2, shape.length - 0.25
    body = view.outline(
        [(half * 0.8, 0.3, 0.3), (half * 0.8, shape.sill, cabin.base), (half, shape.sill, far), (half, 0.35, far)],
    )
    canvas.fill(rounded(body, cut=0.06), Paint(shade(look.colour, 0.75), shade(look.colour, 0.35)))
    shoulder = view.outline(
        [
            (half * 0.8, shape.sill, cabin.base),
            (side * shape.roof * 0.8, shape.height - 0.04, cabin.top),
            (side * shape.roof, shape.height - 0.04, cabin.end),
            (half, shape.sill, far),
        ]
    )
    canvas.fill(shoulder, Paint(shade(look.colour, 0.9), shade(look.colour, 0.6)))
    post, roof = side * waist(shape), side * shape.roof
    glass = view.outline(
        [
            (post, shape.sill + 0.03, cabin.base + 0.3),
            (roof, shape.height - 0.05, cabin.top + 0.2),
            (roof, shape.height - 0.05, cabin.end),
            (post, shape.sill + 0.03, cabin.end + 0.2),
        ]
    )
    canvas.fill(glass, Paint(_GLASS_TOP, _GLASS))


def _draw_roof(canvas: Canvas, view: View, look: Look, cabin: Cabin) -> None:
    shape = look.shape
    roof = view.mirrored([(shape.roof - 0.03, shape.height, cabin.end), (shape.roof, shape.height - 0.04, cabin.top)])
    canvas.fill(rounded(roof, cut=0.1), Paint(shade(look.colour, 1.12), shade(look.colour, 1.3)))
    frame = view.mirrored(
        [
            (shape.roof - 0.06, shape.height, cabin.top + 0.15),
            (shape.roof + 0.02, shape.height - 0.06, cabin.top),
            (waist(shape) + 0.03, shape.sill + 0.02, cabin.base),
            (waist(shape) + 0.03, shape.sill - 0.15, cabin.base),
        ]
    )
    canvas.fill(rounded(frame, cut=0.12), Paint(shade(look.colour, 1.08), shade(look.colour, 0.7)))


def _draw_window(canvas: Canvas, view: View, shape: Shape, cabin: Cabin) -> None:
    def pane(margin: float) -> Outline:
        return rounded(
            view.mirrored(
                [
                    (0, shape.height - 0.055 - margin, cabin.top),
                    (shape.roof - 0.06 - margin, shape.height - 0.075 - margin, cabin.top),
                    (waist(shape) - 0.05 - margin, shape.sill + 0.04 + margin, cabin.base + 0.02),
                    (0, shape.sill + 0.015 + margin, cabin.base + 0.02),
                ]
            ),
            cut=0.1,
        )

    canvas.fill(pane(0), Paint(BLACK))
    glass = pane(0.025)
    canvas.fill(glass, Paint(_GLASS_TOP, _GLASS))
    _draw_inside(canvas, view, shape, cabin, glass)
    middle, low = (shape.height + shape.sill) / 2, shape.sill - 0.1
    for left, right, alpha in ((-0.62, -0.28, 0.22), (-0.2, -0.1, 0.16), (0.3, 0.34, 0.12)):
        gleam = view.outline(
            [
                (left + 0.35, shape.height, cabin.top),
                (right + 0.35, shape.height, cabin.top),
                (right, low, cabin.base),
                (left, low, cabin.base),
            ]
        )
        canvas.fill(gleam, Paint(SKY, alpha=alpha, soft=2), inside=glass)
    dash = view.outline([(-1, middle, cabin.top), (1, middle, cabin.top), (1, low, cabin.base), (-1, low, cabin.base)])
    canvas.fill(dash, Paint((60, 52, 48), (10, 9, 9), alpha=0.45, soft=22), inside=glass)


def _draw_inside(canvas: Canvas, view: View, shape: Shape, cabin: Cabin, glass: Outline) -> None:
    depth, head = cabin.base + 1.0, shape.height - 0.25
    for seat in (-0.36, 0.36):
        back: list[Point] = [
            (seat - 0.22, shape.sill - 0.2, depth),
            (seat - 0.2, head - 0.18, depth),
            (seat + 0.2, head - 0.18, depth),
            (seat + 0.22, shape.sill - 0.2, depth),
        ]
        canvas.fill(rounded(view.outline(back)), Paint((34, 30, 28), alpha=0.9, soft=1.5), inside=glass)
        x, y = view.at((seat, head - 0.1, depth))
        canvas.fill(ellipse((x, y), (40, 44)), Paint((30, 27, 25), alpha=0.9, soft=1.5), inside=glass)
