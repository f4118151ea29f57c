"""Cuts the reader's input out of a drawn plate as a detector would: nearly straight, not quite on the edge, small."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates.render import PlateFactory, RenderedPlate
from training.reader.appearance import lit, taken, to_grey

Grey = NDArray[np.uint8]
HEIGHT, WIDTH = 32, 160
"""Of the network's input; a crop is stretched to it whatever its shape."""

BOX_ONLY_SHARE = 0.15
SMALLEST, LARGEST = 9.0, 44.0
"""Letter heights in pixels of the photo."""


@dataclass(frozen=True)
class Sample:
    """Grey crop and what it says.

    Attributes:
        crop: shape (HEIGHT, WIDTH).
        text: A-Z and 0-9.
        gaps: indices of characters before which a gap is seen; None where nobody wrote that down.
    """

    crop: Grey
    text: str
    gaps: frozenset[int] | None = None


@dataclass(frozen=True)
class Field:
    """A plate on its surroundings.

    Attributes:
        grey: the picture, shape (h, w).
        plate: left, top, right, bottom of the region that should be cut, in pixels.
        letters: the same of the text, which is never cut by more than a touch.
        letter_height: in pixels.
    """

    grey: Grey
    plate: tuple[float, float, float, float]
    letters: tuple[float, float, float, float]
    letter_height: float


def synthetic_views(factory: PlateFactory, rng: np.random.Generator, count: int) -> list[Sample]:
    """Several different photos of one new plate; of two rows, one is drawn for each."""
    plate = factory.make(rng)
    image, offset = plate.image, (0, 0)
    if rng.random() < 0.25:
        image, box = factory.frame(plate, rng)
        offset = (box[0], box[1])
    grey, pad = _surrounded(to_grey(image, rng), rng)
    samples = []
    for _ in range(count):
        row = int(rng.integers(plate.rows))
        field = _field(grey, plate, row, (offset[0] + pad, offset[1] + pad), rng)
        crop = photographed(field, rng, _letter_pixels(rng), _strength(rng))
        samples.append(Sample(crop, plate.row_texts[row], plate.row_gaps[row]))
    return samples


def photographed(field: Field, rng: np.random.Generator, letters: float, strength: float) -> Grey:
    """One photo of the field: cut out, lit, taken, stretched to the network's input.

    Args:
        field: what is seen.
        rng: source of all chance.
        letters: how high they are in the photo, in pixels.
        strength: 0 to 1, how often light and camera spoil it.
    """
    scale = min(1.0, letters / field.letter_height)
    crop = cut_out(field, scale, rng)
    crop = taken(lit(crop, rng, strength), rng, strength)
    shrinks = crop.shape[0] > HEIGHT
    how = cv2.INTER_AREA if shrinks else (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)]
    return cv2.resize(crop, (WIDTH, HEIGHT), interpolation=how).astype(np.uint8, copy=False)


def _letter_pixels(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))))


def _strength(rng: np.random.Generator) -> float:
    return float(rng.choice([0.3, 0.65, 1.0]))


def _field(grey: Grey, plate: RenderedPlate, row: int, offset: tuple[int, int], rng: np.random.Generator) -> Field:
    height, width = plate.image.shape[:2]
    left, above = offset
    top, bottom = (share * height for share in plate.row_bands[row])
    first, last = 0.0, float(height)
    if plate.rows == 2:
        other = plate.row_bands[1 - row]
        slop = float(rng.uniform(-0.01, abs(other[0] - other[1]) * 0.25)) * height
        gap = (plate.row_bands[1][0] - plate.row_bands[0][1]) * height
        edge = gap * float(rng.uniform(0.2, 1.0)) + max(0.0, slop) * (rng.random() < 0.6)
        outer = float(rng.uniform(0.0, 1.0))
        first = top * outer if row == 0 else top - edge
        last = bottom + (height - bottom) * outer if row == 1 else bottom + edge
    region = (float(left), above + first, float(left + width), above + last)
    start, end = (share * width for share in plate.row_ends[row])
    letters = (left + start, above + top, left + end, above + bottom)
    return Field(grey, region, letters, bottom - top)


def _surrounded(grey: Grey, rng: np.random.Generator) -> tuple[Grey, int]:
    """A car or bumper around: one shade, sometimes with lines; returns how far it reaches."""
    pad = round(0.4 * grey.shape[0])
    shade = int(rng.choice([rng.integers(5, 90), rng.integers(0, 256)]))
    whole = cv2.copyMakeBorder(grey, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=(shade,))
    height, width = whole.shape
    for _ in range(int(rng.integers(0, 4))):
        y = int(rng.choice([rng.integers(0, pad), rng.integers(height - pad, height)]))
        other = int(np.clip(shade + rng.normal(0, 50), 0, 255))
        cv2.rectangle(whole, (0, y), (width, y + int(rng.integers(1, pad))), (other,), -1)
    whole[pad : height - pad, pad : width - pad] = grey
    return whole.astype(np.uint8, copy=False), pad


def cut_out(field: Field, scale: float, rng: np.random.Generator) -> Grey:
    """The crop at the photo's own resolution, after what is left of tilt and shear."""
    grey = field.grey
    if scale < 0.8:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        sx, sy = grey.shape[1] / field.grey.shape[1], grey.shape[0] / field.grey.shape[0]
    else:
        sx = sy = 1.0
    plate, letters = (_corners(box) * (sx, sy) for box in (field.plate, field.letters))
    loose = rng.random() < BOX_ONLY_SHARE
    tilt = _tilt(plate, loose, rng)
    seen = cv2.perspectiveTransform(np.concatenate([plate, letters])[None].astype(np.float32), tilt)[0]
    box = _crop_box(seen[:4], seen[4:], loose, rng)
    move = np.array([[1, 0, -box[0]], [0, 1, -box[1]], [0, 0, 1]])
    size = (max(6, round(box[2] - box[0])), max(4, round(box[3] - box[1])))
    border = cv2.BORDER_REPLICATE
    warped = cv2.warpPerspective(grey, move @ tilt, size, flags=cv2.INTER_LINEAR, borderMode=border)
    return warped.astype(np.uint8, copy=False)


def _corners(box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    left, top, right, bottom = box
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _tilt(plate: NDArray[np.float64], loose: bool, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rotation, shear and wandering corners as a perspective map."""
    height = plate[2, 1] - plate[0, 1]
    centre = plate.mean(axis=0)
    degrees = rng.uniform(-15, 15) if loose else np.clip(rng.normal(0, 1.8), -6, 6)
    angle, shear = np.radians(degrees), np.tan(np.radians(np.clip(rng.normal(0, 5), -15, 15)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ [[1, shear], [0, 1]]
    wander = np.clip(rng.normal(0, 0.03, (4, 2)), -0.07, 0.07) * height
    target = (plate - centre) @ turn.T + centre + wander
    return cv2.getPerspectiveTransform(plate.astype(np.float32), target.astype(np.float32)).astype(np.float64)


def _crop_box(
    plate: NDArray[np.float32], letters: NDArray[np.float32], loose: bool, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """Where a detector would cut: around everything, or by corners with an error of up to 12 % of the height."""
    xs, ys = np.sort(plate[:, 0]), np.sort(plate[:, 1])
    height = float(ys[2:].mean() - ys[:2].mean())
    edges = np.array(
        [xs[0], ys[0], xs[3], ys[3]] if loose else [xs[:2].mean(), ys[:2].mean(), xs[2:].mean(), ys[2:].mean()]
    )
    outward = np.clip(rng.normal(0.02, 0.06, 4), -0.12, 0.16) * height * (-1, -1, 1, 1)
    touch = 0.03 * height
    edges += outward
    limits = (
        letters[:, 0].min() + touch,
        letters[:, 1].min() + touch,
        letters[:, 0].max() - touch,
        letters[:, 1].max() - touch,
    )
    left, top = min(edges[0], limits[0]), min(edges[1], limits[1])
    right, bottom = max(edges[2], limits[2]), max(edges[3], limits[3])
    return float(left), float(top), float(right), float(bottom)
