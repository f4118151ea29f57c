"""Reads in, events and due deliveries out: one transaction a batch, then the hints to everybody else."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

import redis
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.reactor import commands, decisions, pushed, store
from services.reactor.catalogue import Catalogue, KnownCamera
from services.reactor.decisions import Asked, Decision
from services.reactor.passages import TrackerState
from services.reactor.store import DueDelivery, StoredEvent
from services.reactor.tracker import Change, Tracker
from shared import streams
from shared.clock import Clock, now
from shared.db.session import transaction
from shared.errors import InvalidMessage, Missing
from shared.media import MediaStore
from shared.messages import Event, EventState, FrameReads, Moment
from shared.streams import Entry

logger = logging.getLogger(__name__)

KEPT_EVENTS, KEPT_HINTS = 10_000, 1000
HINT = '{"kind": "wake", "version": 1}'
MOMENTS = {EventState.RELIABLE: Moment.DETECT, EventState.LOST: Moment.LOST}


@dataclass
class Step:
    """What one transaction wrote and what must follow its commit."""

    states: dict[UUID, TrackerState] = field(default_factory=dict)
    events: list[StoredEvent] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    woken: set[UUID] = field(default_factory=set)
    discarded: set[str] = field(default_factory=set)
    dropped: int = 0


@dataclass
class Reactor:
    """The cameras of this process's shards and what is tracked at each; memory is only a copy of the last commit."""

    engine: Engine
    events: redis.Redis
    media: MediaStore
    clock: Clock = now
    host_clock: Clock = now
    """The machine's, held against the database's where a barrier's deadline depends on it."""
    catalogue: Catalogue = field(default_factory=Catalogue)
    counters: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    _states: dict[UUID, TrackerState] = field(default_factory=dict)
    _woken: dict[int, datetime] = field(default_factory=dict)

    def open_passages(self) -> int:
        return sum(len(state.open) for state in self._states.values())

    def take_shard(self, shard: int) -> None:
        """Goes on with what another process tracked at this shard's cameras."""
        with transaction(self.engine) as session:
            tracks = store.load_tracks(session)
        self._states |= {camera: state for camera, state in tracks.items() if streams.shard_of(camera) == shard}
        self._woken[shard] = self.clock()

    def keep_only(self, shards: set[int]) -> None:
        """Forgets the cameras of all other shards: somebody else may track them now."""
        self._states = {camera: s for camera, s in self._states.items() if streams.shard_of(camera) in shards}

    def refresh(self) -> None:
        """Follows the settings in the database."""
        with transaction(self.engine) as session:
            self.catalogue.refresh(session)

    def forget(self) -> None:
        """Drops cool-downs that can hold no rule back any more, and pushes that nobody repeats any more."""
        with transaction(self.engine) as session:
            decisions.forget_cool_downs(session)
            pushed.forget(session)

    def take_pushes(self, shards: Collection[int]) -> None:
        """Makes events of what devices of these shards have pushed."""
        cameras = {one: known for one, known in self.catalogue.cameras.items() if streams.shard_of(one) in shards}
        with transaction(self.engine) as session:
            if not pushed.is_due(session, cameras, self.clock()):
                return
            step = self._push_step(session, cameras)
        self._publish(step)

    def handle(self, entries: Sequence[Entry]) -> None:
        """Takes reads in. Raises InvalidMessage for an entry that is none."""
        by_camera: defaultdict[UUID, list[FrameReads]] = defaultdict(list)
        for entry in entries:
            frame = _parse(entry)
            by_camera[frame.camera_id].append(frame)
        if any(camera not in self.catalogue.cameras for camera in by_camera):
            self.refresh()
        self._run(by_camera)
        self.counters["frames"] += len(entries)
        for frame in (frame for frames in by_camera.values() for frame in frames):
            self.counters["reads"] += len(frame.reads)
            self.counters["unread"] += len(frame.unread)

    def tick(self) -> None:
        """Lets time pass at the cameras of which nothing is heard."""
        moment, due = self.clock(), list[UUID]()
        with transaction(self.engine) as session:
            for camera_id, state in self._states.items():
                if state.open and (camera := self.catalogue.cameras.get(camera_id)):
                    tracker = self._tracker(session, camera, state)
                    if tracker.tick(moment) or tracker.dropped:
                        due.append(camera_id)
        if due:
            self._run(dict.fromkeys(due, ()))

    def _run(self, by_camera: Mapping[UUID, Sequence[FrameReads]]) -> None:
        started = time.monotonic()
        with transaction(self.engine) as session:
            step = self._step(session, by_camera)
        self._states |= step.states
        for camera_id in by_camera.keys() - step.states.keys():
            self._states.pop(camera_id, None)
        self.counters["events"] += sum(not stored.counted_as for stored in step.events)
        self.counters["noise"] += step.dropped
        self._publish(step)
        for key in step.discarded:
            with contextlib.suppress(Missing, OSError):
                self.media.discard(key)
        self.seconds = time.monotonic() - started

    def _step(self, session: Session, by_camera: Mapping[UUID, Sequence[FrameReads]]) -> Step:
        """Runs the trackers on their last committed state and writes all that follows; a deleted camera is left out."""
        moment, step = self.clock(), Step()
        present = store.present_cameras(session, by_camera.keys()) & self.catalogue.cameras.keys()
        unknown = present - self._states.keys()
        known = self._states | (store.load_tracks(session, unknown) if unknown else {})
        for camera_id in sorted(present):
            camera = self.catalogue.cameras[camera_id]
            tracker = self._tracker(session, camera, known.get(camera_id))
            changes = [change for frame in by_camera[camera_id] for change in tracker.step(frame, moment)]
            changes += tracker.tick(moment)
            state = tracker.snapshot()
            step.states[camera_id] = state.model_copy(update={"serial": state.serial + 1})
            step.discarded |= tracker.discarded()
            step.dropped += tracker.dropped
            for change in changes:
                self._note(step, change, camera)
        store.save_tracks(session, step.states)
        self._settle(session, step, moment)
        return step

    def _push_step(self, session: Session, cameras: Mapping[UUID, KnownCamera]) -> Step:
        moment, step = self.clock(), Step()
        present = store.present_cameras(session, cameras)
        mine = {camera_id: cameras[camera_id] for camera_id in present}
        for told in pushed.take(session, mine, partial(self.catalogue.lists.of, session), moment):
            event = told.event
            step.events.append(StoredEvent(event, (), (), told.counted_as))
            if moment_of := MOMENTS.get(event.state):
                step.asked.append(Asked(event, mine[event.camera_id].card, moment_of, ()))
        self._settle(session, step, moment)
        return step

    def _settle(self, session: Session, step: Step, moment: datetime) -> None:
        """Stores the events of a step, and all that the rules say must follow them."""
        decided = decisions.decide(session, step.asked, self.catalogue.rules, moment)
        store.save_events(session, step.events)
        decisions.save_traces(session, decided)
        due = [due for one in decided for due in _due(one)]
        step.woken = store.save_deliveries(session, [item for item in due if not item.rule.opens_barrier])
        orders = [item for item in due if item.rule.opens_barrier]
        step.woken |= commands.save_commands(session, orders, self.host_clock)

    def _tracker(self, session: Session, camera: KnownCamera, state: TrackerState | None) -> Tracker:
        camera_id = camera.card.camera_id
        woken_at, lists_of = self._woken.get(streams.shard_of(camera_id)), partial(self.catalogue.lists.of, session)
        return Tracker(camera_id, camera.settings, state, lists_of=lists_of, woken_at=woken_at)

    def _note(self, step: Step, change: Change, camera: KnownCamera) -> None:
        event = event_of(change, camera)
        counted_as = change.previous.plate if change.previous else ""
        step.events.append(StoredEvent(event, change.verdict.characters, change.verdict.readings, counted_as))
        if event.plate and (moment := MOMENTS.get(change.state)):
            step.asked.append(Asked(event, camera.card, moment, change.verdict.readings))

    def _publish(self, step: Step) -> None:
        """Tells the live pages and wakes the workers; both look into the database anyway, so a failure is only late.

        Vehicles that nobody could read are looked up by who wants to know why, and never pushed.
        """
        try:
            for stored in step.events:
                if stored.event.unread:
                    continue
                streams.publish(self.events, streams.EVENTS, stored.event.model_dump_json(), keep=KEPT_EVENTS)
            for destination_id in step.woken:
                streams.publish(self.events, streams.wake(destination_id), HINT, keep=KEPT_HINTS)
        except redis.RedisError as error:
            logger.warning("events are stored but not announced", extra={"reason": type(error).__name__})


def event_of(change: Change, camera: KnownCamera) -> Event:
    """The message of a change."""
    passage, verdict, told = change.passage, change.verdict, change.told
    return Event(
        event_id=passage.event_id,
        camera_id=camera.card.camera_id,
        camera_name=camera.card.name,
        car_id=passage.car_id,
        state=change.state,
        origin=passage.origin,
        plate=told.plate,
        country=told.country,
        region=verdict.region,
        alternatives=verdict.alternatives,
        unread=verdict.unread,
        confidence=verdict.confidence,
        captured_at=passage.captured_at,
        last_seen=passage.last_seen,
        reads=passage.reads,
        direction=told.direction,
        vertical=told.vertical,
        lists=told.lists,
        hits=told.hits,
        **verdict.evidence.model_dump(exclude={"worth", "alternatives"}),
    )


def _due(decision: Decision) -> list[DueDelivery]:
    asked = decision.asked
    return [DueDelivery(asked.event, asked.camera, asked.moment, rule) for rule in decision.fired]


def _parse(entry: Entry) -> FrameReads:
    try:
        frame = FrameReads.model_validate_json(entry.data)
    except ValidationError as error:
        raise InvalidMessage(f"not the reads of a frame: {error.error_count()} fields are wrong") from None
    if any(not read.text or len(read.text) != len(read.characters) for read in frame.reads):
        raise InvalidMessage("a read has more or fewer characters than its text")
    return frame
