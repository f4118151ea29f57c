"""Who is in view at one camera: gives each plate of a frame to its passage. Says nothing to the outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.reactor import assignment, sightings
from services.reactor.evidence import convinces
from services.reactor.likeness import gap, overlapping, same_place
from services.reactor.passages import Closed, Passage, TrackerState, event_id
from services.reactor.vote import decide
from shared.messages import FrameReads, Read


@dataclass(frozen=True)
class Look:
    """One frame on its way into the scene.

    Attributes:
        now: by the wall clock.
        late: what begins with it began long before the newest frame.
        picture: it is the only frame of its file.
    """

    frame: FrameReads
    run: str
    now: datetime
    late: bool
    picture: bool


class Scene:
    """The open and closed passages of one camera.

    Attributes:
        touched: passages to which something was added since it was last cleared.
        lost_keys: pictures that some passage gave up; another one may still hold them.
        dropped: how many passages proved to be noise.
    """

    def __init__(self, camera_id: UUID, lost_after: float, state: TrackerState) -> None:
        self.camera_id, self.lost_after = camera_id, lost_after
        self.open = {passage.event_id: passage for passage in state.open}
        self.closed = {closed.event_id: closed for closed in state.closed}
        self.touched: set[UUID] = set()
        self.lost_keys: set[str] = set()
        self.dropped = 0

    def take_in(self, look: Look) -> None:
        """Adds all plates of a frame; first those that were read, since their text says most."""
        frame = look.frame
        crops = [*(read.crop_key for read in frame.reads), *(unread.crop_key for unread in frame.unread)]
        self.lost_keys.update(key for key in (frame.frame_key, *crops) if key)
        matched = assignment.match(self.open, frame, look.run, self.lost_after)
        for number, key in matched.items():
            # A suspect may just have turned out to be a misread of another passage of this frame.
            if passage := self.open.get(key):
                self._join(passage, frame.reads[number], look)
        taken = [frame.reads[number].box for number in matched]
        for number, read in enumerate(frame.reads):
            if number not in matched and not any(overlapping(read.box, box) for box in taken):
                self._place(number, look)
                taken.append(read.box)
        self._see_unread(look)

    def drop(self, passage: Passage) -> None:
        """Forgets a passage that proved nothing."""
        self.lost_keys |= passage.keys
        self.dropped += 1
        del self.open[passage.event_id]

    def _place(self, number: int, look: Look) -> None:
        """Finds a home for a read that continues no open passage."""
        read, frame, run = look.frame.reads[number], look.frame, look.run
        closed, passages = list(self.closed.values()), list(self.open.values())
        if taker := assignment.taker(closed, read, frame, run, self.lost_after):
            self.closed[taker.event_id] = taker.with_sighting(read.box, frame)
            self._clear_misreads(self.closed[taker.event_id])
            return
        host = assignment.host(passages, closed, read, frame, run=run, lost_after=self.lost_after)
        unread = sightings.unread_at(passages, read.box, frame, run, self.lost_after)
        if unread and (host is None or gap(unread.trail, frame.captured_at) < gap(host.trail, frame.captured_at)):
            self._join(unread, read, look)
        elif isinstance(host, Passage) and assignment.takes_odd(host, frame.captured_at):
            self._join(host, read, look)
        else:
            fresh = self._opened(number, look).with_read(read, frame, look.now)
            self._add(fresh.model_copy(update={"suspect_of": host.event_id if host else None}), look)

    def _see_unread(self, look: Look) -> None:
        """Adds the plates that were not read; one beside a plate that was read is a part of the same vehicle."""
        frame, run = look.frame, look.run
        boxes = {
            number: unread.box
            for number, unread in enumerate(frame.unread)
            if not any(same_place(unread.box, read.box) for read in frame.reads)
        }
        matched = sightings.match(self.open.values(), boxes, frame, run, self.lost_after)
        for number, box in boxes.items():
            if number in matched:
                passage = self.open[matched[number]]
                self.lost_keys |= passage.keys
                self._keep(passage.with_unread(frame.unread[number], frame, look.now))
            elif known := sightings.known_at(self.closed.values(), box, frame, run, self.lost_after):
                # A sign beside a vehicle that was read must not make it seem to be there until it comes again.
                self.closed[known.event_id] = known if known.texts else known.with_sighting(box, frame)
            else:
                fresh = self._opened(len(frame.reads) + number, look)
                self._add(fresh.with_unread(frame.unread[number], frame, look.now), look)

    def _opened(self, number: int, look: Look) -> Passage:
        identity = event_id(self.camera_id, look.frame.frame_id, number)
        return Passage.opened(identity, look.run, look.frame, look.now)

    def _add(self, passage: Passage, look: Look) -> None:
        self._keep(passage.model_copy(update={"late": look.late, "picture": look.picture}))

    def _keep(self, passage: Passage) -> None:
        self.open[passage.event_id] = passage
        self.touched.add(passage.event_id)

    def _join(self, passage: Passage, read: Read, look: Look) -> None:
        self.lost_keys |= passage.keys
        # One that stood here unread is the same vehicle, found again before its text was.
        other = [p for p in self.open.values() if p.event_id != passage.event_id]
        if unread := sightings.unread_at(other, read.box, look.frame, look.run, self.lost_after):
            self.lost_keys |= unread.keys
            del self.open[unread.event_id]
        joined = passage.with_read(read, look.frame, look.now)
        if joined.suspect_of and convinces(decide(joined.ballot)):
            joined = joined.model_copy(update={"suspect_of": None})
        self._keep(joined)
        self._clear_misreads(joined)

    def _clear_misreads(self, host: Passage | Closed) -> None:
        """The passage showed again where odd texts were read before: those were misreads of its plate."""
        for odd in list(self.open.values()):
            if not assignment.is_misread_of(odd, host):
                continue
            if present := self.open.get(host.event_id):
                self.lost_keys |= odd.keys
                merged = present.model_copy(update={"ballot": present.ballot.with_ballot(odd.ballot)})
                self.open[host.event_id] = merged
                del self.open[odd.event_id]
            else:
                self.drop(odd)
