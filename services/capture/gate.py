"""Is this picture of a live camera worth sending? Pure: rate and motion, decided from numbers and small pictures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from shared.geometry import Polygon

Luma = npt.NDArray[np.uint8]

HOLD_SECONDS = 2.0
"""After the last motion pictures pass for so long: a vehicle that halts at the gate is still to be read."""
LEARN_SECONDS = 1.5
"""How fast a change becomes background."""
THRESHOLD = 12
"""Grey levels; below is noise."""
MIN_SHARE = 0.0015
"""Of the watched pixels; a vehicle whose plate can be read covers far more."""


class Pace:
    """Lets through at most `rate` a second, evenly, without drifting from the source's own rhythm."""

    def __init__(self, rate: float) -> None:
        self._period = 1 / rate
        self._next = float("-inf")

    def due(self, at: float) -> bool:
        """Whether the picture that arrived at second `at` is taken."""
        # A quarter of a period early is on time, else jitter would cost every second picture.
        if at < self._next - self._period / 4:
            return False
        behind = at - self._next > self._period
        self._next = (at if behind else self._next) + self._period
        return True


class MotionGate:
    """Lets pictures through while something moves in the regions, and a little longer."""

    def __init__(self, regions: Sequence[Polygon] = ()) -> None:
        self._regions = regions
        self._mask: Luma | None = None
        self._background: npt.NDArray[np.float32] | None = None
        self._seen = 0.0
        self._moved = float("-inf")

    def admits(self, luma: Luma, at: float) -> bool:
        """Whether the picture with this small grey copy, taken at second `at`, is sent."""
        blurred = cv2.GaussianBlur(luma, (5, 5), 0).astype(np.float32)
        if self._background is None or self._background.shape != blurred.shape:
            self._start(blurred, at)
            return True
        if self._moves(blurred):
            self._moved = at
        weight = min(1.0, max(0.0, at - self._seen) / LEARN_SECONDS)
        cv2.accumulateWeighted(blurred, self._background, weight)
        self._seen = at
        return at - self._moved <= HOLD_SECONDS

    def _start(self, blurred: npt.NDArray[np.float32], at: float) -> None:
        """The first picture, or the first of another shape, counts as motion: a vehicle may stand there already."""
        self._background, self._seen, self._moved = blurred, at, at
        height, width = blurred.shape
        self._mask = np.zeros((height, width), np.uint8)
        for region in self._regions:
            corners = np.round(np.array(region) * (width, height)).astype(np.int32)
            cv2.fillPoly(self._mask, [corners], (255,))
        if not self._regions:
            self._mask[:] = 255

    def _moves(self, blurred: npt.NDArray[np.float32]) -> bool:
        if self._background is None or self._mask is None:
            return True
        watched = self._mask > 0
        difference = (blurred - self._background)[watched]
        # The median is what light did to the whole picture: a cloud or the camera's exposure is no vehicle.
        changed = np.abs(difference - np.median(difference)) > THRESHOLD if difference.size else difference
        return int(np.count_nonzero(changed)) > MIN_SHARE * difference.size
