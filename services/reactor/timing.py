"""When a passage is reliable, lost or forgotten: by the camera's own time, or by the wall clock in silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from services.reactor.assignment import REST
from services.reactor.passages import Closed, Passage, TrackerState
from shared.messages import Origin

MOST_CLOSED = 100
RELIABLE_AFTER = timedelta(seconds=1)
FILE_SILENCE = 15.0
"""A file is read as fast as the machine can, so silence means something only after this many seconds."""
KEPT_CLOSED = timedelta(seconds=60)


def is_due(passage: Passage, state: TrackerState, now: datetime, woken_at: datetime | None) -> bool:
    """Whether the vote must be told, decided or not; time counts from the first read, however long it was unread."""
    if state.clock and state.clock - (passage.first_read or passage.first_seen) >= RELIABLE_AFTER:
        return True
    begun = max(passage.begun_at, woken_at or passage.begun_at)
    return passage.origin is Origin.LIVE and now - begun >= RELIABLE_AFTER


def is_lost(passage: Passage, state: TrackerState, now: datetime, woken_at: datetime | None, lost_after: float) -> bool:
    """Whether the vehicle was unseen too long.

    Args:
        woken_at: silence before this moment was the reactor's own.
        lost_after: seconds.
    """
    if state.clock and not passage.late and state.clock - passage.last_seen > timedelta(seconds=lost_after):
        return True
    live = passage.origin is Origin.LIVE
    heard = passage.touched_at if live or passage.late else state.heard_at or passage.touched_at
    patience = lost_after if live else max(lost_after, FILE_SILENCE)
    return now - max(heard, woken_at or heard) >= timedelta(seconds=patience)


def is_old(closed: Closed, clock: datetime | None, lost_after: float) -> bool:
    """Whether no read can belong to it any more."""
    kept = REST if closed.resting else max(KEPT_CLOSED, timedelta(seconds=2 * lost_after))
    return clock is not None and clock - closed.last_seen > kept


def remembered(closed: Mapping[UUID, Closed], state: TrackerState, lost_after: float) -> dict[UUID, Closed]:
    """Those of the closed passages that a read can still belong to, oldest first."""
    newest = sorted(closed.values(), key=lambda one: one.last_seen)[-MOST_CLOSED:]
    old = {one.event_id for one in newest if one.run == state.runs[-1] and is_old(one, state.clock, lost_after)}
    return {one.event_id: one for one in newest if one.run in state.runs and one.event_id not in old}
