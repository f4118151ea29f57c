"""Which passage a plate belongs to that was seen and not read: place and motion alone can say.

A vehicle is nearest to where its own trail leads, so of all pairs of a plate and a passage the closest are taken first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from services.reactor.assignment import near_in_time, rests_at
from services.reactor.likeness import Sighting, distance_in_heights, gap, way_off
from services.reactor.passages import Closed, Passage
from shared.geometry import Box
from shared.messages import FrameReads

LARGEST_GROWTH = 2.0
"""Between two sightings of one plate."""
FIXTURE_AFTER, FIXTURE_JITTER = timedelta(seconds=60), 0.5
"""What is never read and stays for this long within so many plate heights is a sign or a wreck, not a vehicle."""


def match(
    passages: Iterable[Passage], boxes: Mapping[int, Box], frame: FrameReads, run: str, lost_after: float
) -> dict[int, UUID]:
    """Numbers of boxes → passages that they continue; each passage takes one, unless this frame showed it already."""
    fits = [
        (off, number, passage.event_id)
        for passage in _present(passages, frame, run, lost_after)
        for number, box in boxes.items()
        if (off := _off(passage.trail, box, frame.captured_at)) is not None
    ]
    matched: dict[int, UUID] = {}
    for _, number, key in sorted(fits):
        if number not in matched and key not in matched.values():
            matched[number] = key
    return matched


def unread_at(passages: Iterable[Passage], box: Box, frame: FrameReads, run: str, lost_after: float) -> Passage | None:
    """The vehicle of which nothing was read so far and that is now where the box is."""
    at = frame.captured_at
    unread = [p for p in _present(passages, frame, run, lost_after) if p.is_unread and not _is_fixture(p, at)]
    near = {p.event_id: off for p in unread if (off := _off(p.trail, box, at)) is not None}
    return min((p for p in unread if p.event_id in near), key=lambda p: near[p.event_id], default=None)


def known_at(closed: Iterable[Closed], box: Box, frame: FrameReads, run: str, lost_after: float) -> Closed | None:
    """The closed passage whose vehicle the box shows once more."""
    at = frame.captured_at
    known = [c for c in closed if c.run == run and not (c.ended and frame.ends)]
    known = [c for c in known if near_in_time(c, at, lost_after) or rests_at(c, box, frame)]
    near = {c.event_id: off for c in known if (off := _off(c.trail, box, at)) is not None}
    return min((c for c in known if c.event_id in near), key=lambda c: near[c.event_id], default=None)


def _present(passages: Iterable[Passage], frame: FrameReads, run: str, lost_after: float) -> list[Passage]:
    """Those that may be in this frame and were not found in it yet."""
    at = frame.captured_at
    near = [p for p in passages if p.run == run and near_in_time(p, at, lost_after)]
    return [p for p in near if all(seen.at != at for seen in p.trail)]


def _off(trail: tuple[Sighting, ...], box: Box, at: datetime) -> float | None:
    """Plate heights between the box and where the trail leads; None when that is too far, or another size."""
    nearest = min(trail, key=lambda seen: abs((at - seen.at).total_seconds())).box
    tall, low = max(nearest.height, box.height), max(1, min(nearest.height, box.height))
    off = way_off(trail, box, at)
    reach = 2 + 8 * min(0.5, gap(trail, at))
    return off if off <= reach and tall <= LARGEST_GROWTH * low else None


def _is_fixture(passage: Passage, at: datetime) -> bool:
    first, last = passage.trail[0].box, passage.trail[-1].box
    return at - passage.first_seen > FIXTURE_AFTER and distance_in_heights(first, last) <= FIXTURE_JITTER
