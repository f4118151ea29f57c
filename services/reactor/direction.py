"""Which way a vehicle went, from where its plate was and how large it became."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import median

from services.reactor.likeness import Sighting
from shared.cameras import CameraSettings
from shared.messages import Direction, VerticalDirection

ENDS = 3
"""Sightings at either end whose median counts, so that one bad box decides nothing."""
LEAST_MOTION = 1.0
GROWTH_FACTOR = 3.0
"""A plate that grows by 40 % came as much nearer as one that went down by its own height."""


def vertical(trail: Sequence[Sighting]) -> VerticalDirection:
    """Down = lower in the picture and larger, that is towards the camera; unknown for too little motion."""
    if len(trail) < 2:
        return VerticalDirection.UNKNOWN
    size = min(ENDS, len(trail) // 2)
    first, last = [s.box for s in trail[:size]], [s.box for s in trail[-size:]]
    heights = [max(1.0, median(box.height for box in end)) for end in (first, last)]
    ways = [median(box.center[1] for box in end) for end in (first, last)]
    motion = (ways[1] - ways[0]) / (sum(heights) / 2) + GROWTH_FACTOR * log(heights[1] / heights[0])
    if abs(motion) < LEAST_MOTION:
        return VerticalDirection.UNKNOWN
    return VerticalDirection.DOWN if motion > 0 else VerticalDirection.UP


def horizontal(way: VerticalDirection, camera: CameraSettings) -> Direction:
    """In or out, by what coming towards this camera means."""
    if way is VerticalDirection.UNKNOWN or camera.towards == "unknown":
        return Direction.UNKNOWN
    comes = way is VerticalDirection.DOWN
    return Direction.IN if comes == (camera.towards == "in") else Direction.OUT
