"""Says why a plate cannot be read, so that an operator knows what to change at the camera."""

from __future__ import annotations

import cv2
import numpy as np

from services.recognizer.contracts import Picture
from services.recognizer.rectify import side_lengths
from shared.geometry import Quad
from shared.messages import UnreadReason

LEAST_HEIGHT = 11.0
"""Pixels of the picture, border included; less leaves letters of six pixels."""
LEAST_CONTRAST = 40.0
"""Grey levels between the 5th and the 95th percentile of the plate."""
LEAST_SHARPNESS = 60.0
BEYOND = 0.04
"""Of the plate's width that may lie outside the picture."""


def is_clipped(corners: Quad, width: int, height: int) -> bool:
    """Whether the picture's border cuts letters off."""
    along, across = side_lengths(corners)
    xs, ys = [x for x, _ in corners.corners], [y for _, y in corners.corners]
    beyond_x, beyond_y = max(-min(xs), max(xs) - width), max(-min(ys), max(ys) - height)
    return beyond_x > BEYOND * along or beyond_y > 3 * BEYOND * across


def reason(corners: Quad, size: tuple[int, int], crop: Picture, sharpness: float) -> UnreadReason:
    """The likeliest cause in a picture of (width, height); NO_GRAMMAR when nothing is wrong to see."""
    if is_clipped(corners, *size):
        return UnreadReason.CLIPPED
    if side_lengths(corners)[1] < LEAST_HEIGHT:
        return UnreadReason.TOO_SMALL
    low, high = np.percentile(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), (5, 95))
    if high - low < LEAST_CONTRAST:
        return UnreadReason.LOW_CONTRAST
    return UnreadReason.BLURRED if sharpness < LEAST_SHARPNESS else UnreadReason.NO_GRAMMAR
