"""What light, weather, lens, sensor and compression do to a picture."""

from __future__ import annotations

import cv2
import numpy as np

from training.detector.sources import Picture

Rng = np.random.Generator


def disturb(picture: Picture, rng: Rng) -> Picture:
    """One of countless ways in which a camera could have seen this picture."""
    picture = _light(picture, rng)
    kind = rng.random()
    if kind < 0.14:
        picture = _grey(picture)
    elif kind < 0.26:
        picture = _infrared(picture, rng)
    if rng.random() < 0.25:
        picture = _blur(picture, rng)
    if rng.random() < 0.15:
        picture = _coarse(picture, rng)
    if rng.random() < 0.3:
        picture = _noise(picture, rng)
    if rng.random() < 0.12:
        _cover(picture, rng)
    return _compressed(picture, rng) if rng.random() < 0.4 else picture


def _light(picture: Picture, rng: Rng) -> Picture:
    """Exposure, contrast and colour by one table a channel."""
    steps = np.arange(256, dtype=np.float32) / 255
    gamma = np.exp(rng.normal(0, 0.25)) * (rng.uniform(1.3, 2.6) if rng.random() < 0.08 else 1.0)
    gain = rng.uniform(0.65, 1.35)
    table = [
        np.clip(255 * gain * rng.uniform(0.92, 1.08) * steps**gamma + rng.uniform(-18, 18), 0, 255) for _ in range(3)
    ]
    return cv2.LUT(picture, np.stack(table, -1).astype(np.uint8)[None]).astype(np.uint8, copy=False)


def _grey(picture: Picture) -> Picture:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)


def _infrared(picture: Picture, rng: Rng) -> Picture:
    """Little colour, a tint, and bright things near white, as an infrared lamp makes them."""
    channel = picture[..., int(rng.integers(1, 3))] / 255
    grey = 255 * np.clip(channel * rng.uniform(0.7, 1.6), 0, 1) ** rng.uniform(0.8, 1.8)
    tint = np.array([rng.uniform(0.85, 1.0), rng.uniform(0.75, 1.0), rng.uniform(0.85, 1.0)], np.float32)
    return (grey[..., None] * tint).astype(np.uint8)


def _blur(picture: Picture, rng: Rng) -> Picture:
    if rng.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.6)).astype(np.uint8, copy=False)
    length = int(rng.integers(2, 8))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, (0, int(rng.integers(0, length))), (length - 1, int(rng.integers(0, length))), (1.0,))
    return cv2.filter2D(picture, -1, kernel / kernel.sum()).astype(np.uint8, copy=False)


def _coarse(picture: Picture, rng: Rng) -> Picture:
    height, width = picture.shape[:2]
    scale = rng.uniform(0.4, 0.8)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    way = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    return cv2.resize(small, (width, height), interpolation=way).astype(np.uint8, copy=False)


def _noise(picture: Picture, rng: Rng) -> Picture:
    strength = rng.uniform(2, 14)
    noise = rng.integers(-128, 128, picture.shape, np.int8).astype(np.int16)
    return np.clip(picture + (noise * int(strength * 4) >> 8), 0, 255).astype(np.uint8)


def _cover(picture: Picture, rng: Rng) -> None:
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 5))):
        w, h = int(rng.uniform(0.02, 0.2) * width), int(rng.uniform(0.02, 0.2) * height)
        x, y = int(rng.integers(0, width - w)), int(rng.integers(0, height - h))
        picture[y : y + h, x : x + w] = rng.integers(0, 256, 3, np.uint8)


def _compressed(picture: Picture, rng: Rng) -> Picture:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
    return picture if decoded is None else decoded.astype(np.uint8, copy=False)
