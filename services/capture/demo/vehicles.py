"""Pictures of vehicles from the front and from behind, by day and by night, with a plate on each."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.capture.demo.bodies import PIXELS_PER_METRE, Look, View
from services.capture.demo.cabins import BLACK, draw_cabin, front_cabin, rear_cabin
from services.capture.demo.faces import draw_front, draw_mirrors, draw_rear
from services.capture.demo.paint import Canvas, Colour, Floats, Paint, Picture, as_picture, outline

HALO_PIXELS_PER_METRE = 50
_HALO_SIZE, _HALO_FOOT = (220, 190), (110.0, 90.0)  # pixels
_PLATE_WIDTH, _PLATE_HEIGHT = 0.52, 0.11  # metres
_PLATE_LIGHT = 0.86  # plates throw light back, so the camera's lamp keeps them readable at night
_NIGHT = np.array((0.27, 0.20, 0.18), np.float32)  # what moon and lamps leave of blue, green and red


@dataclass(frozen=True)
class Box:
    """Metres from the foot of the vehicle's nearest face, y downwards."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sprite:
    """A vehicle ready to be put into a scene; blue, green, red and alpha, colours premultiplied."""

    day: Picture
    night: Picture
    foot: tuple[float, float]
    """Pixel where the middle of the nearest face touches the road."""
    halo: Picture
    """What its lamps throw at night, to be added to the scene; coarser than the vehicle."""
    halo_foot: tuple[float, float]
    plate: Box


def draw_vehicle(look: Look, plate: Picture, front: bool) -> Sprite:
    """The vehicle as the camera sees it: its front when it comes, else its rear."""
    view = View(look.lane)
    canvas = Canvas(*view.size)
    if front:
        cabin = front_cabin(look.shape)
        draw_cabin(canvas, view, look, cabin)
        draw_front(canvas, view, look, cabin)
        middle = look.shape.nose - 0.27
    else:
        cabin = rear_cabin(look.shape)
        draw_mirrors(canvas, view, look, look.shape.length - look.shape.cowl - 0.4)
        draw_cabin(canvas, view, look, cabin)
        draw_rear(canvas, view, look, cabin)
        middle = look.shape.rear_plate
    box = _mount_plate(canvas, view, plate, middle)
    day, night, foot = _developed(canvas, view.foot)
    halo = _front_halo(look) if front else _rear_halo(look)
    return Sprite(day, night, foot, halo, _HALO_FOOT, box)


def _developed(canvas: Canvas, foot: tuple[float, float]) -> tuple[Picture, Picture, tuple[float, float]]:
    """Both pictures without their empty margins, and where the foot lies in them."""
    window = canvas.used()
    colour, light, alpha = canvas.colour[window], canvas.light[window], canvas.alpha[window] * 255
    day = as_picture(np.concatenate((colour, alpha), axis=2))
    night = as_picture(np.concatenate((np.maximum(colour * _NIGHT, light), alpha), axis=2))
    return day, night, (foot[0] - window[1].start, foot[1] - window[0].start)


def _mount_plate(canvas: Canvas, view: View, plate: Picture, middle: float) -> Box:
    width, height = round(_PLATE_WIDTH * PIXELS_PER_METRE), round(_PLATE_HEIGHT * PIXELS_PER_METRE)
    x, y = view.at((-_PLATE_WIDTH / 2, middle + _PLATE_HEIGHT / 2, 0))
    left, top = round(x), round(y)
    frame = outline([(left - 5, top - 5), (left + width + 5, top - 5), (left + width + 5, top + height + 6)])
    frame = np.vstack((frame, [[left - 5, top + height + 6]])).astype(np.float32)
    canvas.fill(frame, Paint(BLACK))
    small = as_picture(cv2.resize(plate, (width, height), interpolation=cv2.INTER_AREA))
    canvas.paste(small, (left, top), _PLATE_LIGHT)
    foot = view.foot
    scale = PIXELS_PER_METRE
    return Box((left - foot[0]) / scale, (top - foot[1]) / scale, width / scale, height / scale)


def _front_halo(look: Look) -> Picture:
    side, height = look.shape.width / 2 - 0.24, look.shape.nose - 0.1
    lamps = [_glow((x, -height), (0.2, 0.2), (165, 178, 186)) for x in (-side, side)]
    wide = [_glow((x, -height), (0.42, 0.3), (48, 52, 56)) for x in (-side, side)]
    pools = [_glow((x * 1.1, 0.55), (0.55, 0.3), (62, 72, 78)) for x in (-side, side)]
    return as_picture(np.sum([*lamps, *wide, *pools], axis=0))


def _rear_halo(look: Look) -> Picture:
    side, height = look.shape.width / 2 - 0.2, look.shape.sill - 0.2
    lamps = [_glow((x, -height), (0.17, 0.14), (38, 28, 170)) for x in (-side, side)]
    road = _glow((0, 0.25), (0.8, 0.2), (12, 10, 60))
    return as_picture(np.sum([*lamps, road], axis=0))


def _glow(centre: tuple[float, float], radii: tuple[float, float], colour: Colour) -> Floats:
    """A soft spot; metres from the foot, y downwards."""
    y, x = np.mgrid[: _HALO_SIZE[1], : _HALO_SIZE[0]].astype(np.float32)
    across = ((x - _HALO_FOOT[0]) / HALO_PIXELS_PER_METRE - centre[0]) / radii[0]
    along = ((y - _HALO_FOOT[1]) / HALO_PIXELS_PER_METRE - centre[1]) / radii[1]
    return np.asarray(np.exp(-(across**2 + along**2) / 2)[..., None] * np.array(colour, np.float32), np.float32)
