"""Puts plates and other lettering into a picture, with the light that is there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector.sources import Corners, Picture

Rng = np.random.Generator
Quad = NDArray[np.float32]
_LETTERING = """TAXI PIZZA HOTEL POLICE SERVICE MARKET OPEN SALE BAR CAFE AUTO BANK EXIT STOP BUS RENT CENTER GARAGE
EXPRESS FRESH 24H 0800 2019 100% TEL WWW.SHOP.COM +44 20 7946 BIO TRANS LOGISTIC GMBH LTD TURBO DIESEL 4X4 GTI"""
WORDS = _LETTERING.split()
FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)


def paint(picture: Picture, quad: Quad, plate: Picture, rng: Rng, *, like_before: bool) -> None:
    """Overwrites the quadrilateral with the plate.

    Args:
        like_before: take the brightness from what is there now (another plate); otherwise from the surroundings.
    """
    height, width = picture.shape[:2]
    low = np.maximum(np.floor(quad.min(0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(quad.max(0)).astype(int) + 2, (width, height))
    size = high - low
    if (size < 3).any():
        return
    region = picture[low[1] : high[1], low[0] : high[0]]
    if not like_before and rng.random() < 0.6:
        _surround(picture, quad, rng)
    local = (quad - low).astype(np.float32)
    small = _shrunk(plate, quad)
    source = np.array([(0, 0), (small.shape[1], 0), (small.shape[1], small.shape[0]), (0, small.shape[0])], np.float32)
    warp = cv2.getPerspectiveTransform(source, local)
    into = (int(size[0]), int(size[1]))
    drawn = cv2.warpPerspective(small, warp, into, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros((into[1], into[0]), np.uint8)
    cv2.fillConvexPoly(mask, np.round(local * 16).astype(np.int32), (255,), cv2.LINE_AA, 4)
    lit = _lit(drawn.astype(np.float32), region, mask, rng, like_before)
    share = (mask.astype(np.float32) / 255)[..., None]
    region[:] = np.clip(lit * share + region * (1 - share), 0, 255).astype(np.uint8)


def _shrunk(plate: Picture, quad: Quad) -> Picture:
    """Averaged down first where the plate is drawn much smaller, or its letters would flicker."""
    wanted = max(float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[2] - quad[3])), 4.0)
    scale = wanted / plate.shape[1]
    if scale >= 0.8:
        return plate
    size = (max(4, round(plate.shape[1] * scale)), max(3, round(plate.shape[0] * scale)))
    return cv2.resize(plate, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _lit(
    drawn: NDArray[np.float32], region: Picture, mask: Picture, rng: Rng, like_before: bool
) -> NDArray[np.float32]:
    level = float(region[mask > 128].mean()) if (mask > 128).any() else float(region.mean())
    own = float(drawn.mean()) or 1.0
    gain = level / own if like_before else (level + rng.uniform(10, 90)) / own
    gain = float(np.clip(gain * rng.uniform(0.8, 1.25), 0.25, 1.6))
    tint = (region.reshape(-1, 3).mean(0) + 20) / (region.mean() + 20)
    lit = drawn * gain * (1 + 0.5 * (tint.astype(np.float32) - 1))
    if rng.random() < 0.4:
        lit = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.3, 0.9)).astype(np.float32)
    return lit


def _surround(picture: Picture, quad: Quad, rng: Rng) -> None:
    """A holder, a bumper, or a recess behind the plate."""
    middle = quad.mean(0)
    grown = (quad - middle) * np.array([rng.uniform(1.03, 1.5), rng.uniform(1.1, 2.2)], np.float32) + middle
    colour = (rng.uniform(0, 1) * picture.reshape(-1, 3)[::997].mean(0) + rng.uniform(0, 40)).tolist()
    cv2.fillConvexPoly(picture, np.round(grown * 16).astype(np.int32), colour, cv2.LINE_AA, 4)


def quad_in_space(aspect: float, rng: Rng, width: int, height: int) -> Quad:
    """Where a flat plate turned in space would appear; anywhere in the picture, also partly outside."""
    yaw, pitch = np.radians(rng.normal(0, 22)), np.radians(rng.normal(5, 14))
    roll = np.radians(rng.uniform(-30, 30) if rng.random() < 0.2 else rng.normal(0, 4))
    half = np.array([(-aspect, -1, 0), (aspect, -1, 0), (aspect, 1, 0), (-aspect, 1, 0)]) / 2
    turn = _about(2, roll) @ _about(1, np.clip(yaw, -1.0, 1.0)) @ _about(0, np.clip(pitch, -0.8, 0.8))
    points = half @ turn.T
    distance = aspect * rng.uniform(3, 12)
    flat = points[:, :2] * (distance / (distance + points[:, 2:]))
    wanted = np.exp(rng.uniform(np.log(14), np.log(0.7 * width)))
    flat *= wanted / max(1e-3, float(np.ptp(flat[:, 0])))
    room = np.ptp(flat, axis=0)
    middle = rng.uniform(0, 1, 2) * np.maximum(1, (width, height) - room) + room / 2
    return (flat - flat.min(0) - room / 2 + middle).astype(np.float32)


def _about(axis: int, angle: float) -> NDArray[np.float64]:
    """Rotation about one axis."""
    a, b = [i for i in range(3) if i != axis]
    turn = np.eye(3)
    turn[a, a], turn[b, b] = np.cos(angle), np.cos(angle)
    turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
    return turn


def letter(picture: Picture, plates: Corners, rng: Rng) -> None:
    """Words and numbers that are no plates: painted on walls, on boards, on car bodies."""
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        text = " ".join(rng.choice(WORDS, int(rng.integers(1, 4))))
        size, thick = rng.uniform(0.3, 2.2), int(rng.integers(1, 5))
        font = int(rng.choice(FONTS))
        (across, up), _ = cv2.getTextSize(text, font, size, thick)
        x, y = int(rng.integers(-10, max(1, width - 30))), int(rng.integers(up + 2, height + 10))
        area = np.array([(x - 6, y - up - 8), (x + across + 6, y + 8)], np.float32)
        if any((area[0] < quad.max(0)).all() and (area[1] > quad.min(0)).all() for quad in plates):
            continue
        ink, paper = rng.integers(0, 256, 3).tolist(), rng.integers(0, 256, 3).tolist()
        if rng.random() < 0.4:
            # A board larger than a line of text, so that nothing plate-like is taught to be ignored.
            cv2.rectangle(picture, (x - 20, y - 3 * up), (x + across + 20, y + 2 * up), paper, -1)
        cv2.putText(picture, text, (x, y), font, size, ink, thick, cv2.LINE_AA)
