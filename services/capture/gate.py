"""Is this picture of a live camera worth sending? Pure: rate and motion, decided from numbers and small pictures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from shared.geometry import Polygon

Luma = npt.NDArray[np.uint8]
Area = tuple[float, float, float, float]

HOLD_SECONDS = 2.0
"""After the last motion pictures pass for so long: a vehicle that halts at the gate is still to be read."""
LEARN_SECONDS = 1.5
"""How fast a change becomes background."""
JOINED_SECONDS = 0.5
"""What moved less than this ago is part of the same motion."""
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
    """Lets pictures through while something moves in the regions, and a little longer.

    Attributes:
        area: left, top, right, bottom of what moved in the last two pictures with motion, in shares of the picture;
            None before anything moved.
    """

    def __init__(self, regions: Sequence[Polygon] = ()) -> None:
        self._regions = regions
        self._mask: Luma | None = None
        self._background: npt.NDArray[np.float32] | None = None
        self._watched = 0
        self._seen = 0.0
        self._moved = float("-inf")
        self.area: Area | None = None
        self._latest: Area = (0.0, 0.0, 1.0, 1.0)

    def admits(self, luma: Luma, at: float) -> bool:
        """Whether the picture with this small grey copy, taken at second `at`, is sent."""
        blurred = cv2.GaussianBlur(luma, (5, 5), 0).astype(np.float32)
        if self._background is None or self._background.shape != blurred.shape:
            self._start(blurred, at)
            return True
        changed = self._changed(blurred)
        if np.count_nonzero(changed) > MIN_SHARE * self._watched:
            now = _around(changed)
            self.area = _joined(now, self._latest) if at - self._moved < JOINED_SECONDS else now
            self._latest, self._moved = now, at
        weight = min(1.0, max(0.0, at - self._seen) / LEARN_SECONDS)
        cv2.accumulateWeighted(blurred, self._background, weight)
        self._seen = at
        return at - self._moved <= HOLD_SECONDS

    def _start(self, blurred: npt.NDArray[np.float32], at: float) -> None:
        """The first picture, or the first of another shape, counts as motion: a vehicle may stand there already."""
        self._background, self._seen, self._moved, self.area = blurred, at, at, None
        height, width = blurred.shape
        self._mask = np.zeros((height, width), np.uint8)
        for region in self._regions:
            corners = np.round(np.array(region) * (width, height)).astype(np.int32)
            cv2.fillPoly(self._mask, [corners], (255,))
        if not self._regions:
            self._mask[:] = 255
        self._watched = int(np.count_nonzero(self._mask))

    def _changed(self, blurred: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """The watched pixels that differ from the background by more than the whole picture does."""
        if self._background is None or self._mask is None:
            return np.zeros(blurred.shape, bool)
        watched = self._mask > 0
        difference = blurred - self._background
        # The median is what light did to the whole picture: a cloud or the camera's exposure is no vehicle.
        light = np.median(difference[watched]) if watched.any() else 0.0
        return np.asarray(watched & (np.abs(difference - light) > THRESHOLD))


def _around(changed: npt.NDArray[np.bool_]) -> Area:
    """The changed part, without single specks where there is more."""
    solid = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    rows, columns = np.nonzero(solid if solid.any() else changed)
    height, width = changed.shape
    return (
        float(columns.min() / width),
        float(rows.min() / height),
        float((columns.max() + 1) / width),
        float((rows.max() + 1) / height),
    )


def _joined(a: Area, b: Area) -> Area:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
