"""Which read of a frame belongs to which passage: by time, text and place, each read and each passage at most once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.reactor.likeness import AKIN, CLIPPED, Sighting, gap, joins, likeness, on_track, same_place, way_off
from services.reactor.passages import Closed, Passage, opening_of
from shared.geometry import Box
from shared.messages import FrameReads, Read

REST = timedelta(minutes=10)
"""A vehicle that stood still is the same one when its plate shows again at its place within this time."""
GLIMPSE_SECONDS = 1.0
"""An odd text this close in time to a passage that proved nothing yet is counted as that passage's."""


class Remembered(Protocol):
    """What open and closed passages have in common."""

    @property
    def run(self) -> str: ...
    @property
    def texts(self) -> tuple[str, ...]: ...
    @property
    def first_seen(self) -> datetime: ...
    @property
    def last_seen(self) -> datetime: ...
    @property
    def trail(self) -> tuple[Sighting, ...]: ...


def near_in_time(passage: Remembered, at: datetime, lost_after: float) -> bool:
    """Whether the moment lies in the passage or no further from it than a vehicle may be unseen."""
    margin = timedelta(seconds=lost_after)
    return passage.first_seen - margin <= at <= passage.last_seen + margin


def alike(passage: Remembered, text: str) -> float:
    return max((likeness(known, text) for known in passage.texts), default=0.0)


def match(passages: Mapping[UUID, Passage], frame: FrameReads, run: str, lost_after: float) -> dict[int, UUID]:
    """Positions of reads in the frame → passages that they continue; the best fits are taken first."""
    fits: list[tuple[float, int, UUID]] = []
    for key, passage in passages.items():
        if passage.run != run or not near_in_time(passage, frame.captured_at, lost_after):
            continue
        for number, read in enumerate(frame.reads):
            if (score := _fit(passage, read, frame.captured_at)) is not None:
                fits.append((score, number, key))
    matched: dict[int, UUID] = {}
    for _, number, key in sorted(fits, key=lambda fit: -fit[0]):
        if number not in matched and key not in matched.values():
            matched[number] = key
    return matched


def taker(closed: Sequence[Closed], read: Read, frame: FrameReads, run: str, lost_after: float) -> Closed | None:
    """The closed passage that takes the read in: it came late, or the vehicle still stands there."""
    fitting = [c for c in closed if c.run == run and _takes_in(c, read, frame, lost_after)]
    return max(fitting, key=lambda c: (alike(c, read.text), c.last_seen), default=None)


def host(
    passages: Sequence[Passage], closed: Sequence[Closed], read: Read, frame: FrameReads, *, run: str, lost_after: float
) -> Passage | Closed | None:
    """The passage on whose track an odd read lies, so that it is most likely a misread of that one's plate."""
    at = frame.captured_at
    known = [p for p in passages if p.run == run and not p.is_unread]
    nearby: list[Passage | Closed] = [p for p in known if near_in_time(p, at, lost_after)]
    gone = [c for c in closed if c.run == run and c.texts and not (c.ended and frame.ends)]
    nearby += [c for c in gone if _in_reach(c, read, frame, lost_after)]
    fitting = [p for p in nearby if on_track(p.trail, read.box, at)]
    return min(fitting, key=lambda p: (gap(p.trail, at), way_off(p.trail, read.box, at)), default=None)


def takes_odd(passage: Passage, at: datetime) -> bool:
    """Whether an odd read on this track is counted at once: the plate was seen before and after it, or never proven."""
    if passage.state is None and passage.suspect_of is None:
        return gap(passage.trail, at) <= GLIMPSE_SECONDS
    return (passage.first_read or passage.first_seen) <= at < (passage.last_read or passage.last_seen)


def is_misread_of(odd: Passage, host: Passage | Closed) -> bool:
    """Whether what was taken for a passage lies on the other's track, and the other was seen before and after it."""
    if odd.state is not None or odd.run != host.run or odd.event_id == host.event_id:
        return False
    proven = odd.suspect_of == host.event_id or (isinstance(host, Passage) and host.reads > max(1, odd.reads))
    enclosed = host.first_seen <= odd.first_seen and odd.last_seen <= host.last_seen
    return proven and enclosed and on_track(host.trail, odd.trail[-1].box, odd.last_seen)


def _fit(passage: Passage, read: Read, at: datetime) -> float | None:
    similar = alike(passage, read.text)
    if not joins(similar, passage.trail, read.box, at):
        return None
    return similar + 0.3 / (1 + way_off(passage.trail, read.box, at))


def _takes_in(closed: Closed, read: Read, frame: FrameReads, lost_after: float) -> bool:
    similar = alike(closed, read.text)
    if near_in_time(closed, frame.captured_at, lost_after):
        if closed.ended and frame.ends:
            # Single pictures, each at an end of its own: only the text can say that two show the same vehicle.
            return similar >= CLIPPED
        return joins(similar, closed.trail, read.box, frame.captured_at)
    return similar >= AKIN and rests_at(closed, read.box, frame)


def rests_at(closed: Closed, box: Box, frame: FrameReads) -> bool:
    """Whether the plate shows again where its vehicle stood when it was seen last."""
    at = frame.captured_at
    return (
        closed.resting
        and closed.opening == opening_of(frame)
        and closed.last_seen <= at <= closed.last_seen + REST
        and same_place(closed.trail[-1].box, box)
    )


def _in_reach(closed: Closed, read: Read, frame: FrameReads, lost_after: float) -> bool:
    return near_in_time(closed, frame.captured_at, lost_after) or rests_at(closed, read.box, frame)
