"""What the tracker remembers of one camera: open passages, closed ones, and which frames it has seen.

All of it is frozen and goes through JSON unchanged, because it is written to the database with each step.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field

from services.reactor.ballot import Ballot, Kept
from services.reactor.glimpses import Glimpses
from services.reactor.likeness import Sighting, distance_in_heights
from shared.geometry import Box
from shared.messages import (
    Direction,
    EventState,
    FrameReads,
    ListHit,
    Origin,
    Read,
    Unread,
    UnreadReason,
    VerticalDirection,
)

NAMESPACE = uuid5(NAMESPACE_URL, "platewire:passage")
FIRST_SIGHTINGS, LAST_SIGHTINGS = 4, 12
CLOSED_SIGHTINGS = 8
REST_WINDOW = timedelta(seconds=1)
REST_JITTER, REST_SPEED = 0.25, 0.25
"""In plate heights, and plate heights a second: a plate that moved less than this stood still."""


def event_id(camera_id: UUID, frame_id: str, number: int) -> UUID:
    """The identity of a passage: its camera and first frame, and which of the frame's plates unless the first."""
    return uuid5(NAMESPACE, f"{camera_id}/{frame_id}" + (f"/{number}" if number else ""))


def opening_of(frame: FrameReads) -> str:
    """What the frames of one opening of a source have in common: all of the frame id but its last part."""
    return frame.frame_id.rpartition("-")[0]


class Told(Kept):
    """What the outside was last told of a passage; a difference is an update."""

    plate: str
    country: str
    direction: Direction
    vertical: VerticalDirection
    hits: tuple[ListHit, ...] = ()

    @property
    def lists(self) -> tuple[str, ...]:
        """Names of the lists that hold the plate, each once."""
        return tuple(dict.fromkeys(hit.list for hit in self.hits))


class Passage(Kept):
    """One vehicle in view.

    Attributes:
        run: the play of a file to which it belongs; empty when live.
        opening: the opening of its source from which it was seen last (a live camera opens anew with each reconnect).
        captured_at: the time of the frame that opened it; never changes, since it is part of the event's key.
        first_seen, last_seen: by the camera's own time, read or not; late frames may move either.
        first_read, last_read: likewise, of reads only; None while there is none.
        begun_at: by the wall clock, when its first read was handled (until then its first sighting).
        touched_at: by the wall clock, when its newest sighting was handled.
        late: it began with a frame much older than the newest, so the camera's time says nothing about its end.
        picture: it was seen on a single picture, which one read must prove.
        suspect_of: the passage on whose track it lies; it stays a misread of that one until several reads agree.
        glimpses: its sightings without a reading; None once the passage is told and has a plate.
        evidence_keys: pictures that were told to the outside.
    """

    event_id: UUID
    car_id: int = 0
    run: str
    opening: str
    origin: Origin
    captured_at: datetime
    first_seen: datetime
    last_seen: datetime
    first_read: datetime | None = None
    last_read: datetime | None = None
    begun_at: datetime
    touched_at: datetime
    late: bool = False
    picture: bool = False
    suspect_of: UUID | None = None
    trail: tuple[Sighting, ...] = ()
    ballot: Ballot = Ballot()
    glimpses: Glimpses | None = None
    reads: int = 0
    state: EventState | None = None
    told: Told | None = None
    evidence_keys: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        return self.ballot.texts

    @property
    def is_unread(self) -> bool:
        """Whether nothing was read of it so far."""
        return self.ballot.is_empty

    @property
    def keys(self) -> frozenset[str]:
        glimpsed = self.glimpses.evidence.keys if self.glimpses else frozenset[str]()
        return self.ballot.keys.union(self.evidence_keys, glimpsed)

    @classmethod
    def opened(cls, identity: UUID, run: str, frame: FrameReads, now: datetime) -> Passage:
        """A passage that begins with this frame, before anything was seen of it."""
        at = frame.captured_at
        return cls(
            event_id=identity,
            run=run,
            opening=opening_of(frame),
            origin=frame.origin,
            captured_at=at,
            first_seen=at,
            last_seen=at,
            begun_at=now,
            touched_at=now,
        )

    def with_read(self, read: Read, frame: FrameReads, now: datetime) -> Passage:
        """The passage after one more read of it."""
        at = frame.captured_at
        update = {
            "ballot": self.ballot.with_read(read, frame),
            "first_read": min(self.first_read or at, at),
            "last_read": max(self.last_read or at, at),
            "begun_at": self.begun_at if self.reads else now,
            "reads": self.reads + 1,
        }
        return self._seen(read.box, frame, now).model_copy(update=update)

    def with_unread(self, unread: Unread, frame: FrameReads, now: datetime) -> Passage:
        """The passage after it was seen once more without being read; the vote hears nothing of that."""
        seen = self._seen(unread.box, frame, now)
        if self.state is not None:
            return seen
        known = self.glimpses
        glimpses = known.with_unread(unread, frame) if known else Glimpses.first(unread, frame)
        return seen.model_copy(update={"glimpses": glimpses})

    def _seen(self, box: Box, frame: FrameReads, now: datetime) -> Passage:
        at = frame.captured_at
        return self.model_copy(
            update={
                "trail": _thinned((*self.trail, Sighting(at=at, box=box))),
                "first_seen": min(self.first_seen, at),
                "last_seen": max(self.last_seen, at),
                "touched_at": now,
                "opening": opening_of(frame),
                "picture": False,
            }
        )


class Closed(Kept):
    """A passage that was told as lost; it takes in late reads, and those of a vehicle that stayed where it stood.

    Attributes:
        texts: how it was read; empty when it never was.
    """

    event_id: UUID
    run: str
    opening: str
    texts: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    trail: tuple[Sighting, ...]
    ended: bool
    keys: frozenset[str]

    @classmethod
    def of(cls, passage: Passage, plate: str, *, ended: bool) -> Closed:
        """What stays of a passage; `ended` when it left because its run ended."""
        return cls(
            event_id=passage.event_id,
            run=passage.run,
            opening=passage.opening,
            texts=tuple(dict.fromkeys((plate, *passage.texts))) if plate else (),
            first_seen=passage.first_seen,
            last_seen=passage.last_seen,
            trail=passage.trail[:2] + passage.trail[2:][-CLOSED_SIGHTINGS + 2 :],
            ended=ended,
            keys=frozenset(passage.evidence_keys),
        )

    @property
    def resting(self) -> bool:
        """Whether it stood still when it was last seen."""
        last = self.trail[-1]
        before = next(seen for seen in self.trail if last.at - seen.at <= REST_WINDOW)
        passed = (last.at - before.at).total_seconds()
        return not self.ended and distance_in_heights(before.box, last.box) <= REST_JITTER + REST_SPEED * passed

    def with_sighting(self, box: Box, frame: FrameReads) -> Closed:
        """After a late sighting, or one of the vehicle still standing there."""
        seen = Sighting(at=frame.captured_at, box=box)
        return self.model_copy(
            update={
                "first_seen": min(self.first_seen, seen.at),
                "last_seen": max(self.last_seen, seen.at),
                "trail": _thinned((*self.trail, seen))[-CLOSED_SIGHTINGS:],
                "opening": opening_of(frame),
            }
        )


class TrackerState(Kept):
    """A camera's whole memory.

    Attributes:
        serial: counts the stored states, so that a reactor that lost its shard cannot overwrite newer ones.
        clock: the newest frame's time in the current run.
        runs: the current run last; frames of earlier ones are late.
        recent: short hashes of the frames handled last, to drop what is delivered twice.
        pinned: pictures of forgotten events that an open passage also refers to.
        unread: how many passages were told as unread, by reason; the API's metrics read it.
    """

    serial: int = 0
    cars: int = 0
    clock: datetime | None = None
    heard_at: datetime | None = None
    runs: tuple[str, ...] = ()
    frames_since_end: int = 0
    recent: tuple[int, ...] = ()
    open: tuple[Passage, ...] = ()
    closed: tuple[Closed, ...] = ()
    pinned: frozenset[str] = frozenset()
    unread: dict[UnreadReason, int] = Field(default_factory=dict)


def _thinned(trail: tuple[Sighting, ...]) -> tuple[Sighting, ...]:
    """In order of time; the beginning and the end stay, which is all that place and direction need."""
    ordered = tuple(sorted(trail, key=lambda seen: seen.at))
    if len(ordered) <= FIRST_SIGHTINGS + LAST_SIGHTINGS:
        return ordered
    return ordered[:FIRST_SIGHTINGS] + ordered[-LAST_SIGHTINGS:]
