"""When are two readings the same plate, and when are two boxes the same place? Pure rules with their thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from math import hypot

from pydantic import BaseModel, ConfigDict

from shared.geometry import Box
from shared.plates import distance, skeleton

SAME, SIMILAR, AKIN = 1.0, 0.7, 0.6
CLIPPED = 0.9
SHORTEST_PART = 3


class Sighting(BaseModel):
    """Where a plate was at a moment of the camera's own time."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    box: Box


@lru_cache(maxsize=20_000)
def likeness(a: str, b: str) -> float:
    """How alike two readings are, 0 to 1; look-alikes count as equal, a clipped part of the other as nearly equal."""
    a, b = skeleton(a), skeleton(b)
    if a == b:
        return SAME
    if is_part(a, b) or is_part(b, a):
        return CLIPPED
    return 1 - distance(a, b) / max(len(a), len(b), 1)


def is_part(short: str, long: str) -> bool:
    """Whether `short` is what remains of `long` when one end of the plate is hidden or outside the picture."""
    part, whole = skeleton(short), skeleton(long)
    return SHORTEST_PART <= len(part) < len(whole) and (whole.startswith(part) or whole.endswith(part))


def overlapping(a: Box, b: Box, share: float = 0.3) -> bool:
    """Whether the boxes have at least this share of the smaller one in common."""
    iou = a.iou(b)
    return iou * (a.area + b.area) / (1 + iou) >= share * max(1, min(a.area, b.area))


def distance_in_heights(a: Box, b: Box) -> float:
    """Between the centres, measured in the larger plate height: far cars are small and move few pixels."""
    (ax, ay), (bx, by) = a.center, b.center
    return hypot(ax - bx, ay - by) / max(a.height, b.height, 1)


def same_place(a: Box, b: Box) -> bool:
    """Whether a plate that stands still may have given both boxes, one of them perhaps clipped."""
    return overlapping(a, b, 0.4) or distance_in_heights(a, b) <= 1.0


def gap(trail: Sequence[Sighting], at: datetime) -> float:
    """Seconds between this moment and the nearest sighting."""
    return min(abs((at - seen.at).total_seconds()) for seen in trail)


def way_off(trail: Sequence[Sighting], box: Box, at: datetime) -> float:
    """Plate heights between the box and where the trail was, or was heading, at that moment."""
    nearest = min(trail, key=lambda seen: abs((at - seen.at).total_seconds()))
    off = distance_in_heights(nearest.box, box)
    if len(trail) < 2 or at <= trail[-1].at:
        return off
    return min(off, distance_in_heights(_ahead(trail[-2], trail[-1], at), box))


def _ahead(before: Sighting, last: Sighting, at: datetime) -> Box:
    """The last box moved on at its last speed."""
    passed = (last.at - before.at).total_seconds()
    share = min(3.0, (at - last.at).total_seconds() / passed) if passed > 0 else 0.0
    moved_x = (last.box.center[0] - before.box.center[0]) * share
    moved_y = (last.box.center[1] - before.box.center[1]) * share
    return last.box.model_copy(update={"x": round(last.box.x + moved_x), "y": round(last.box.y + moved_y)})


def joins(alike: float, trail: Sequence[Sighting], box: Box, at: datetime) -> bool:
    """Whether a reading this much alike may belong to the trail: the less alike the text, the nearer the place."""
    if alike >= CLIPPED:
        return True
    passed = min(1.0, gap(trail, at))
    if alike >= SIMILAR:
        return way_off(trail, box, at) <= 3 + 12 * passed
    return alike >= AKIN and way_off(trail, box, at) <= 1.5 + 6 * passed


def on_track(trail: Sequence[Sighting], box: Box, at: datetime) -> bool:
    """Whether the box lies where the trail's own plate must have been, so that another text is a likely misread."""
    nearest = min(trail, key=lambda seen: abs((at - seen.at).total_seconds()))
    return overlapping(nearest.box, box) or way_off(trail, box, at) <= 1 + 3 * min(0.5, gap(trail, at))
