"""Reads of one camera become passages of vehicles: each vehicle once, whatever the frames' order. Pure.

    tracker = Tracker(camera_id, settings)
    for frame in frames:                    # FrameReads; `now` is the wall clock, any steady value for a file
        changes += tracker.step(frame, now)
    changes += tracker.finish()             # everything has left

How a read finds its passage:

1. A frame that was handled before changes nothing (its hash is remembered).
2. A read continues an open passage that is near in time and alike in text; the less alike, the nearer the place must
   be. Each passage takes one read of a frame, so two vehicles in one frame stay apart.
3. Else a closed passage takes it in silently: a late read (frames may come out of order, seconds late after a crash),
   or a vehicle that stood still and shows again at its place within ten minutes (the motion gate sends nothing of a
   parked car). From there on the vehicle may move off and is still the same one; a vehicle that shows up elsewhere
   is a new passage, and so is one that is there when a lost camera comes back: nobody saw what happened meanwhile.
4. Else, on the track of another passage it is most likely a misread. Between two reads of that passage it is counted
   there. After the last one it becomes a suspect: if the passage shows again it was a misread, if the odd text is read
   repeatedly instead, another vehicle took the place.
5. Else a new passage begins.
6. A plate that was seen and not read continues the passage to whose track it is near (see sightings.py): the vehicle is
   still there, but the vote hears nothing. On no track it begins a passage of its own, which the first read near it
   takes over.

No passage becomes an event without evidence (see evidence.py); what never gets that far is dropped and counted. An
event is told as new, as reliable when the vote is decided or a second has passed, as update when its plate, direction
or lists change, and as lost when it was unseen for `lost_after`: by the camera's own time, or by the wall clock when
nothing arrives. A vehicle of which nothing was read is told once, as lost, without plate and with the reason. After
`ends` everything of that run has left; frames that the last one overtook are late reads.
Pictures of folders and uploads each end by themselves: the next one may show anything.

A run is one play of a file: a frame id without its last part. A new run ends the one before. Live cameras have one
endless run, so that a reconnect does not split a passage.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.reactor import direction, timing
from services.reactor.evidence import has_evidence
from services.reactor.passages import Closed, Passage, Told, TrackerState, opening_of
from services.reactor.scene import Look, Scene
from services.reactor.vote import Verdict, decide
from shared.cameras import CameraSettings
from shared.messages import EventState, FrameReads, ListHit, Origin

MOST_RECENT, MOST_RUNS = 512, 8

ListsOf = Callable[[str, datetime], tuple[ListHit, ...]]
"""The entries of lists that named a plate at a moment; black first."""


def no_lists(_plate: str, _at: datetime) -> tuple[ListHit, ...]:
    return ()


@dataclass(frozen=True)
class Change:
    """A passage entered a state that the outside must hear of.

    Attributes:
        previous: what was told before; None the first time.
    """

    state: EventState
    passage: Passage
    verdict: Verdict
    told: Told
    previous: Told | None


class Tracker:
    """The passages of one camera.

    Args:
        state: as `snapshot` gave it; an exception in the middle of a step is undone by going back to it.
        woken_at: when this process took the camera over; silence before that was its own.
    """

    def __init__(
        self,
        camera_id: UUID,
        settings: CameraSettings,
        state: TrackerState | None = None,
        *,
        lists_of: ListsOf = no_lists,
        woken_at: datetime | None = None,
    ) -> None:
        self.camera_id, self.settings = camera_id, settings
        self._lists_of, self._woken_at = lists_of, woken_at
        self._state = state or TrackerState()
        self._scene = Scene(camera_id, settings.lost_after, self._state)
        self._changes: list[Change] = []

    @property
    def dropped(self) -> int:
        """How many passages proved to be noise."""
        return self._scene.dropped

    def snapshot(self) -> TrackerState:
        """All that a tracker must know to go on later or in another process."""
        scene = self._scene
        update = {"open": tuple(scene.open.values()), "closed": tuple(scene.closed.values())}
        return self._state.model_copy(update=update)

    def discarded(self) -> frozenset[str]:
        """Media keys that nothing refers to any more; take their files away once the snapshot is safe."""
        scene = self._scene
        held = [passage.keys for passage in scene.open.values()] + [closed.keys for closed in scene.closed.values()]
        return frozenset(scene.lost_keys.difference(self._state.pinned, *held))

    def step(self, frame: FrameReads, now: datetime) -> list[Change]:
        """Takes one frame's plates in and returns what changed, in order."""
        mark = zlib.crc32(frame.frame_id.encode())
        if mark in self._state.recent:
            return []
        run = self._enter_run(frame)
        self._state = self._state.model_copy(update=self._after(frame, run, mark, now))
        self._scene.take_in(self._look(frame, run, now))
        since_end = 0 if frame.ends else self._state.frames_since_end + 1
        self._state = self._state.model_copy(update={"frames_since_end": since_end})
        for passage in [p for p in self._scene.open.values() if frame.ends and p.run == run]:
            self._close(passage, ended=True)
        return self.tick(now)

    def tick(self, now: datetime) -> list[Change]:
        """Lets time pass: tells what is due, closes what was unseen too long, forgets what is old."""
        for passage in list(self._scene.open.values()):
            if timing.is_lost(passage, self._state, now, self._woken_at, self.settings.lost_after):
                self._close(passage, ended=False)
            else:
                self._tell(passage, now)
        self._forget()
        return self._told_now()

    def finish(self) -> list[Change]:
        """Closes everything: no frame follows."""
        for passage in list(self._scene.open.values()):
            self._close(passage, ended=True)
        return self._told_now()

    def _after(self, frame: FrameReads, run: str, mark: int, now: datetime) -> dict[str, object]:
        """The state's fields that every frame moves on."""
        state, update = self._state, dict[str, object](heard_at=now)
        if frame.reads or frame.unread or frame.ends:
            update["recent"] = (*state.recent, mark)[-MOST_RECENT:]
        if run == state.runs[-1]:
            update["clock"] = max(state.clock or frame.captured_at, frame.captured_at)
        return update

    def _enter_run(self, frame: FrameReads) -> str:
        """The run of this frame; a run that was never seen ends the one before."""
        run = "" if frame.origin is Origin.LIVE else opening_of(frame)
        runs = self._state.runs
        if run not in runs:
            for passage in [p for p in self._scene.open.values() if not p.late]:
                self._close(passage, ended=True)
            update = {"runs": (*runs, run)[-MOST_RUNS:], "clock": None, "frames_since_end": 0}
            self._state = self._state.model_copy(update=update)
        return run

    def _look(self, frame: FrameReads, run: str, now: datetime) -> Look:
        state, patience = self._state, timedelta(seconds=self.settings.lost_after)
        behind = state.clock is not None and frame.captured_at < state.clock - patience
        picture = frame.ends and state.frames_since_end == 0
        return Look(frame, run, now, late=behind or run != state.runs[-1], picture=picture)

    def _told_now(self) -> list[Change]:
        changes, self._changes = self._changes, []
        self._scene.touched.clear()
        return changes

    def _tell(self, passage: Passage, now: datetime) -> None:
        if passage.is_unread or self._is_unchanged(passage):
            return
        verdict, due = decide(passage.ballot), timing.is_due(passage, self._state, now, self._woken_at)
        if passage.state is None and not has_evidence(passage, verdict, due):
            return
        if passage.state in (None, EventState.NEW):
            self._change(passage, verdict, EventState.RELIABLE if due or verdict.decided else EventState.NEW)
        else:
            self._change(passage, verdict, EventState.UPDATE)

    def _is_unchanged(self, passage: Passage) -> bool:
        """Whether nothing can have changed, so that the votes need not be counted again."""
        if not passage.told or passage.state is EventState.NEW or passage.event_id in self._scene.touched:
            return False
        return self._lists_of(passage.told.plate, passage.captured_at) == passage.told.hits

    def _change(self, passage: Passage, verdict: Verdict, state: EventState) -> Passage:
        """Notes the change unless the outside knows all of it."""
        told = self._told(passage, verdict)
        if told == passage.told and (state is passage.state or state is EventState.UPDATE):
            return passage
        if not passage.car_id:
            self._state = self._state.model_copy(update={"cars": self._state.cars + 1})
        self._scene.lost_keys |= passage.keys
        keys = verdict.evidence.keys.union(passage.evidence_keys)
        update = {"state": state, "told": told, "glimpses": None, "evidence_keys": tuple(sorted(keys))}
        changed = passage.model_copy(update=update | {"car_id": passage.car_id or self._state.cars})
        self._scene.open[passage.event_id] = changed
        self._changes.append(Change(state, changed, verdict, told, passage.told))
        return changed

    def _told(self, passage: Passage, verdict: Verdict) -> Told:
        way = direction.vertical(passage.trail)
        return Told(
            plate=verdict.text,
            country=verdict.country,
            direction=direction.horizontal(way, self.settings),
            vertical=way,
            hits=self._lists_of(verdict.text, passage.captured_at) if verdict.text else (),
        )

    def _close(self, passage: Passage, *, ended: bool) -> None:
        verdict = None if passage.is_unread else decide(passage.ballot)
        if verdict is None or (passage.state is None and not has_evidence(passage, verdict, due=True)):
            return self._close_unread(passage, ended=ended)
        if passage.state in (None, EventState.NEW):
            passage = self._change(passage, verdict, EventState.RELIABLE)
        self._lose(passage, verdict, ended=ended)

    def _close_unread(self, passage: Passage, *, ended: bool) -> None:
        """Tells of a vehicle that nobody could read, once and as lost: there is no plate to act on."""
        glimpses = passage.glimpses
        if glimpses is None or passage.suspect_of or not glimpses.tell_of_a_vehicle(passage.picture):
            return self._scene.drop(passage)
        told = self._state.unread
        counts = told | {glimpses.reason: told.get(glimpses.reason, 0) + 1}
        self._state = self._state.model_copy(update={"unread": counts})
        self._lose(passage, glimpses.verdict(), ended=ended)

    def _lose(self, passage: Passage, verdict: Verdict, *, ended: bool) -> None:
        passage = self._change(passage, verdict, EventState.LOST)
        self._scene.lost_keys |= passage.keys
        del self._scene.open[passage.event_id]
        self._scene.closed[passage.event_id] = Closed.of(passage, verdict.text, ended=ended)

    def _forget(self) -> None:
        """Drops closed passages that no read can reach any more; their pictures that are still shared stay pinned."""
        scene = self._scene
        kept = timing.remembered(scene.closed, self._state, self.settings.lost_after)
        if len(kept) == len(scene.closed):
            return
        gone = frozenset(key for c in scene.closed.values() if c.event_id not in kept for key in c.keys)
        shared = frozenset(key for passage in scene.open.values() for key in passage.keys)
        scene.closed = kept
        self._state = self._state.model_copy(update={"pinned": (self._state.pinned | gone) & shared})
