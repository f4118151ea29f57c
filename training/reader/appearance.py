"""What cameras, light and compression do to a grey crop; every step is drawn by chance."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
_USUAL = np.array([0.114, 0.587, 0.299], np.float32)
"""Of blue, green and red in the product's grey."""
LEAST_CONTRAST = 8.0
"""Standard deviation of grey levels that exposure leaves at least."""


def to_grey(image: NDArray[np.uint8], rng: np.random.Generator) -> Grey:
    """Colours weighted as usual, as another sensor would, or as near infrared where blue and red inks fade."""
    weights = _USUAL
    if rng.random() < 0.35:
        weights = rng.dirichlet((1.0, 1.5, 1.5)).astype(np.float32)
    return cv2.transform(image, weights[None]).astype(np.uint8, copy=False)


def lit(grey: Grey, rng: np.random.Generator, strength: float) -> Grey:
    """Uneven light: a ramp, a shadow with a hard or soft edge, glare, drops; strength 0 to 1 scales how often."""
    if rng.random() < 0.5 * strength:
        grey = _ramp(grey, rng)
    if rng.random() < 0.25 * strength:
        grey = _shadow(grey, rng)
    if rng.random() < 0.12 * strength:
        grey = _glare(grey, rng)
    if rng.random() < 0.08 * strength:
        _drops(grey, rng)
    return grey


def taken(grey: Grey, rng: np.random.Generator, strength: float) -> Grey:
    """Through lens, exposure, sensor and compression."""
    if rng.random() < 0.45 * strength:
        grey = _blur(grey, rng)
    if rng.random() < 0.9:
        grey = _exposure(grey, rng)
    if rng.random() < 0.6 * strength:
        grey = _noise(grey, rng)
    if rng.random() < 0.5 * strength:
        grey = _compressed(grey, rng)
    if rng.random() < 0.03:
        grey = 255 - grey
    return grey


def _as_grey(levels: NDArray[np.floating]) -> Grey:
    rounded: Grey = np.clip(levels, 0, 255).astype(np.uint8)
    return rounded


def _contrast(grey: Grey) -> float:
    return float(grey.std())


def _ramp(grey: Grey, rng: np.random.Generator) -> Grey:
    height, width = grey.shape
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32) * float(rng.normal(0, 0.6))
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32) * float(rng.normal(0, 0.5))
    gain = np.clip(1 + across[None] + down[:, None], 0.2, 1.8)
    return _as_grey(grey * gain)


def _shadow(grey: Grey, rng: np.random.Generator) -> Grey:
    height, width = grey.shape
    angle = float(rng.uniform(0, np.pi))
    ys, xs = np.ogrid[0:height, 0:width]
    offset = (xs - width * float(rng.uniform(0.1, 0.9))) * np.cos(angle) * height / width + (
        ys - height * float(rng.uniform(0.1, 0.9))
    ) * np.sin(angle)
    soft = float(rng.choice([0.5, rng.uniform(1, height / 3)]))
    side = np.clip(offset / soft + 0.5, 0, 1).astype(np.float32)
    dark = float(rng.uniform(0.25, 0.75))
    return _as_grey(grey * (dark + (1 - dark) * side))


def _glare(grey: Grey, rng: np.random.Generator) -> Grey:
    height, width = grey.shape
    ys, xs = np.ogrid[0:height, 0:width]
    x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
    reach = (float(rng.uniform(0.15, 0.8)) * height) ** 2
    spot = np.exp(-((xs - x) ** 2 / float(rng.uniform(1, 6)) + (ys - y) ** 2) / reach)
    return _as_grey(grey + spot * float(rng.uniform(40, 190)))


def _drops(grey: Grey, rng: np.random.Generator) -> None:
    height, width = grey.shape
    for _ in range(int(rng.integers(2, 12))):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        shade = int(np.clip(int(grey[at[1], at[0]]) + rng.normal(0, 60), 0, 255))
        axes = (int(rng.integers(1, 2 + height // 14)), int(rng.integers(1, 2 + height // 9)))
        cv2.ellipse(grey, at, axes, 0, 0, 360, (shade,), -1, cv2.LINE_AA)


def _blur(grey: Grey, rng: np.random.Generator) -> Grey:
    """Out of focus, or moved along a line; lengths go with the crop's height."""
    if rng.random() < 0.6:
        sigma = float(rng.uniform(0.3, max(0.5, 0.045 * grey.shape[0])))
        return cv2.GaussianBlur(grey, (0, 0), sigma).astype(np.uint8, copy=False)
    length = max(2, round(float(rng.uniform(0.04, 0.16)) * grey.shape[0]))
    kernel = np.zeros((length, length), np.float32)
    angle = float(rng.choice([0.0, rng.uniform(0, np.pi)]))
    reach = (length - 1) / 2
    dx, dy = reach * np.cos(angle), reach * np.sin(angle)
    start, end = (round(reach - dx), round(reach - dy)), (round(reach + dx), round(reach + dy))
    cv2.line(kernel, start, end, (1.0,))
    return cv2.filter2D(grey, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)


def _exposure(grey: Grey, rng: np.random.Generator) -> Grey:
    """Contrast from hardly any to hard black and white, brightness within what leaves the text, and a gamma."""
    mean, spread = float(grey.mean()), max(_contrast(grey), 1.0)
    wanted = float(np.exp(rng.uniform(np.log(LEAST_CONTRAST), np.log(85.0))))
    centre = float(rng.uniform(0.8 * wanted, 255 - 0.8 * wanted))
    levels = (np.arange(256) - mean) / spread * wanted + centre
    gamma = float(np.exp(np.clip(rng.normal(0, 0.25), -0.5, 0.5)))
    table = (np.clip(levels / 255, 0, 1) ** gamma * 255).astype(np.uint8)
    return cv2.LUT(grey, table).astype(np.uint8, copy=False)


def _noise(grey: Grey, rng: np.random.Generator) -> Grey:
    sigma = min(float(rng.choice([rng.uniform(1, 8), rng.uniform(6, 22)], p=[0.75, 0.25])), _contrast(grey) / 2)
    noise = rng.standard_normal(grey.shape, dtype=np.float32) * sigma
    if rng.random() < 0.3:
        noise = cv2.blur(noise, (3, 3)).astype(np.float32) * 2
    return _as_grey(grey + noise)


def _compressed(grey: Grey, rng: np.random.Generator) -> Grey:
    quality = int(rng.integers(18, 92))
    ok, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.uint8, copy=False) if ok else grey
