"""What happens to a plate in its life: press, seals, screws, frames, dirt and scratches."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates.fonts import Font, Grey
from training.plates.sheet import Sheet, name_like, print_words

Picture = NDArray[np.uint8]
_OUTLINES = (
    ((-1, -1), (1, -1), (1, 0.3), (0, 1.1), (-1, 0.3)),
    ((0, 1), (-1, -0.1), (-0.9, -0.7), (-0.4, -0.9), (0, -0.5), (0.4, -0.9), (0.9, -0.7), (1, -0.1)),
    ((0, -1), (0.3, -0.3), (1, -0.2), (0.5, 0.3), (0.6, 1), (0, 0.6), (-0.6, 1), (-0.5, 0.3), (-1, -0.2), (-0.3, -0.3)),
)
"""Shield, heart and star, one unit from middle to edge."""


def press(sheet: Sheet, rng: np.random.Generator) -> Picture:
    """Paper and ink in one picture; raised letters get a light and a dark side."""
    ink = _weight(sheet.ink, rng)
    paper = sheet.paper
    if rng.random() < 0.45:
        paper = _relief(paper, ink, rng)
    alpha = cv2.merge([ink, ink, ink])
    colour = np.full_like(paper, sheet.ink_colour)
    inked = cv2.multiply(colour, alpha, scale=1 / 255)
    return cv2.add(cv2.multiply(paper, 255 - alpha, scale=1 / 255), inked).astype(np.uint8, copy=False)


def _weight(ink: Grey, rng: np.random.Generator) -> Grey:
    """Bolder or thinner, by a blend with the thickened or thinned print; old paint fades in patches."""
    kind = rng.random()
    if kind < 0.5:
        kernel = np.ones((3, 3), np.uint8)
        changed = cv2.dilate(ink, kernel) if kind < 0.3 else cv2.erode(ink, kernel)
        share = float(rng.uniform(0.2, 1.0)) * (1.0 if kind < 0.3 else 0.7)
        ink = cv2.addWeighted(ink, 1 - share, changed, share, 0).astype(np.uint8, copy=False)
    if rng.random() < 0.12:
        patches = _clouds(ink.shape[:2], rng, 5)
        worn = np.clip(1.15 - np.clip(patches - 0.2, 0, 1) * rng.uniform(0.3, 0.9), 0.35, 1).astype(np.float32)
        ink = (ink * worn).astype(np.uint8)
    return ink


def _relief(paper: Picture, ink: Grey, rng: np.random.Generator) -> Picture:
    dx, dy = (int(v) for v in rng.integers(-2, 3, 2))
    raised = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    light = np.roll(raised, (dy, dx), (0, 1))
    strength = float(rng.uniform(0.15, 0.6))
    bright = cv2.addWeighted(light, strength, raised, -strength, 0)
    dark = cv2.addWeighted(raised, strength, light, -strength, 0)
    up, down = cv2.merge([bright] * 3), cv2.merge([dark] * 3)
    return cv2.subtract(cv2.add(paper, up), down).astype(np.uint8, copy=False)


def seals(
    image: Picture, gaps: Sequence[tuple[float, float]], top: float, height: float, rng: np.random.Generator
) -> None:
    """Round stickers, shields or a coat of arms between groups."""
    for left, right in gaps:
        size = min(right - left, height * 0.55) * float(rng.uniform(0.75, 1.0))
        centre = (left + right) / 2
        stacked = rng.random() < 0.5
        places = (0.25, 0.75) if stacked else (float(rng.uniform(0.35, 0.65)),)
        for place in places:
            _seal(image, (centre, top + height * place), min(size, height * 0.48) / 2, rng)


def _seal(image: Picture, centre: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    at, size = (round(centre[0]), round(centre[1])), max(2, round(radius))
    rim, fill, inner = (tuple(int(c) for c in rng.integers(30, 250, 3)) for _ in range(3))
    kind = rng.random()
    if kind < 0.6:
        cv2.circle(image, at, size, rim, -1, cv2.LINE_AA)
        cv2.circle(image, at, max(1, round(size * 0.75)), fill, -1, cv2.LINE_AA)
    elif kind < 0.8:
        outline = np.array(_OUTLINES[rng.integers(len(_OUTLINES))]) * size * 0.9 + at
        cv2.fillPoly(image, [np.round(outline).astype(np.int32)], rim, cv2.LINE_AA)
    else:
        tall = round(size * float(rng.uniform(0.8, 1.4)))
        cv2.rectangle(image, (at[0] - size, at[1] - tall), (at[0] + size, at[1] + tall), rim, -1)
        cv2.rectangle(image, (at[0] - size, at[1] - tall), (at[0] + size, at[1] + tall), fill, 1)
    for _ in range(int(rng.integers(0, 5))):
        x, y = (round(v + float(rng.normal(0, size * 0.3))) for v in centre)
        cv2.circle(image, (x, y), max(1, round(size * float(rng.uniform(0.1, 0.4)))), inner, -1, cv2.LINE_AA)


def edge_line(image: Picture, ink: tuple[int, int, int], rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    inset = round(height * float(rng.uniform(0.01, 0.05)))
    thick = max(1, round(height * float(rng.uniform(0.008, 0.03))))
    cv2.rectangle(image, (inset, inset), (width - 1 - inset, height - 1 - inset), ink, thick, cv2.LINE_AA)


def screws(image: Picture, rng: np.random.Generator) -> None:
    """Two or four heads, dark, bright, rusty or capped, where holes are: sides, or above and below the text."""
    height, width = image.shape[:2]
    radius = height * float(rng.uniform(0.025, 0.065))
    across = float(rng.uniform(0.02, 0.3))
    rows = ((0.5,), (0.1,), (0.1, 0.9), (0.9,))[rng.integers(4)]
    if rows == (0.5,):
        across = float(rng.uniform(0.012, 0.03))
    shade = int(rng.integers(20, 240))
    colour = (shade, int(shade * rng.uniform(0.8, 1)), int(min(255, shade * rng.uniform(0.9, 1.3))))
    for row in rows:
        for x in (across, 1 - across):
            at = (round(width * x), round(height * row))
            cv2.circle(image, at, max(1, round(radius)), colour, -1, cv2.LINE_AA)
            rim = (shade + 128) % 256
            cv2.circle(image, at, max(1, round(radius)), (rim, rim, rim), 1, cv2.LINE_AA)


def dirt(image: Picture, rng: np.random.Generator) -> Picture:
    """Mud from below, dust in clouds, spatter, scratches."""
    height, width = image.shape[:2]
    strength = float(rng.uniform(0.1, 0.65))
    cover = np.clip(_clouds((height, width), rng, int(rng.integers(2, 14))) * rng.uniform(0.5, 1.6), 0, 1)
    if rng.random() < 0.4:
        cover = cover * np.linspace(0, 1.4, height, dtype=np.float32)[:, None]
    alpha = np.clip(cover * strength, 0, 0.8)[:, :, None]
    colour = np.array(rng.uniform((30, 45, 60), (120, 140, 160)), np.float32)
    image = (image * (1 - alpha) + colour * alpha).astype(np.uint8)
    for _ in range(int(rng.poisson(3))):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(image, at, int(rng.integers(1, max(2, height // 40))), tuple(map(int, colour)), -1, cv2.LINE_AA)
    for _ in range(int(rng.poisson(0.8))):
        ends = (rng.random(4) * (width, height, width, height)).astype(int).tolist()
        shade = int(rng.integers(60, 230))
        cv2.line(image, (ends[0], ends[1]), (ends[2], ends[3]), (shade, shade, shade), 1, cv2.LINE_AA)
    return image


def _clouds(shape: tuple[int, ...], rng: np.random.Generator, grain: int) -> NDArray[np.float32]:
    """Smooth noise between 0 and 1, `grain` lumps down the height."""
    height, width = shape
    coarse = rng.random((max(2, grain), max(2, round(grain * width / height))), dtype=np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)


def framed(image: Picture, small: Font, rng: np.random.Generator) -> tuple[Picture, tuple[int, int, int, int]]:
    """The plate within a holder of plastic or chrome, often with a dealer's name below.

    Returns:
        The larger picture and where the plate lies in it: left, top, width, height.
    """
    height, width = image.shape[:2]
    side, above = (max(1, round(height * float(rng.uniform(0.01, 0.1)))) for _ in range(2))
    below = round(height * float(rng.uniform(0.03, 0.26)))
    shade = int(rng.choice([rng.integers(10, 60), rng.integers(120, 230)], p=[0.8, 0.2]))
    colour = tuple(int(np.clip(shade + rng.normal(0, 6), 0, 255)) for _ in range(3))
    whole = np.full((height + above + below, width + 2 * side, 3), colour, np.uint8)
    whole[above : above + height, side : side + width] = image
    if below > 0.09 * height:
        sheet = Sheet(whole, np.zeros((1, 1), np.uint8), [], small, (0, 0, 0))
        text = " ".join(name_like(rng) for _ in range(rng.integers(1, 4)))
        light = (235, 235, 235) if shade < 100 else (30, 30, 30)
        wide = width * float(rng.uniform(0.3, 0.8))
        left = side + (width - wide) * float(rng.random())
        print_words(sheet, text, (left, above + height + below * 0.2, wide, below * 0.6), light)
    return whole, (side, above, width, height)
