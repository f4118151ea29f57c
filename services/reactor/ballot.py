"""What was read of one vehicle, summed up so that a car parked for hours costs no more than a car that passes.

One candidate per distinct text holds the sums that the vote needs. A read weighs its confidence squared, less when its
crop is blurred or small, and as good as nothing when the picture's edge cuts it. Frames that show the same view (the
plate has hardly moved) repeat each other's mistakes: however many they are, together they weigh no more than a few
independent ones. Inside a view all weigh alike, so that its majority still says what the view shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import log

from pydantic import BaseModel, ConfigDict

from services.reactor.likeness import AKIN, distance_in_heights, likeness
from shared.geometry import Box
from shared.messages import Alternative, Character, FrameReads, Read, Unread

MOST_CANDIDATES = 16
MOST_OPTIONS = 4
EDGE_FACTOR = 0.001
"""A plate that the picture's edge cuts has a say only where no other has."""
SHARP, TALL = 150.0, 16.0
"""Laplacian variance, and height in pixels, that are half as good as can be."""
VIEW_STEP, VIEW_GROWTH = 0.5, 1.2
"""A plate that moved less than this many heights and grew by less than this factor shows the same view."""
MOST_OF_A_VIEW = 3.0
"""Independent frames that a view is worth at most."""
FLOOR = 0.01
"""No reading makes a character less likely than this: the reader cannot know its own blind spots."""
OTHER = ""
"""Stands for all characters that a reading does not name."""

Weights = dict[str, float]


class Kept(BaseModel):
    """Part of a tracker's state: frozen, and the same after a way through JSON."""

    model_config = ConfigDict(frozen=True)


class Evidence(Kept):
    """The picture of one read, kept while its text may win, and what else it could have been read as."""

    read_at: datetime
    box: Box
    frame_width: int
    frame_height: int
    frame_key: str
    crop_key: str
    processing_ms: float
    worth: float
    alternatives: tuple[Alternative, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(key for key in (self.frame_key, self.crop_key) if key)


class Candidate(Kept):
    """All reads of one text.

    Attributes:
        weight: of all its reads together.
        surest: confidence of the surest read.
        trust: weighted sum of how much surer its reads are of the text than of its characters, as a factor.
        columns: per position the weighted sum of each character's log-likelihood above FLOOR.
        countries, regions: weight by country, and by "country region".
    """

    text: str
    reads: int
    weight: float
    surest: float
    trust: float = 0.0
    columns: tuple[Weights, ...]
    countries: Weights
    regions: Weights = {}
    evidence: Evidence

    def scaled(self, share: float) -> Candidate:
        """The same reads with less weight."""
        return self.model_copy(
            update={
                "weight": self.weight * share,
                "trust": self.trust * share,
                "columns": tuple(_scaled(column, share) for column in self.columns),
                "countries": _scaled(self.countries, share),
                "regions": _scaled(self.regions, share),
            }
        )


class View(Kept):
    """Frames in which the plate hardly moved; `box` is where it was in the first of them."""

    box: Box
    reads: int
    candidates: tuple[Candidate, ...]

    @property
    def share(self) -> float:
        return min(1.0, MOST_OF_A_VIEW / self.reads)

    def shows(self, box: Box) -> bool:
        tall, low = max(self.box.height, box.height, 1), max(1, min(self.box.height, box.height))
        return distance_in_heights(self.box, box) <= VIEW_STEP and tall <= VIEW_GROWTH * low

    def with_view(self, other: View) -> View:
        """Both as the same view."""
        candidates = _merged((*self.candidates, *other.candidates))
        return View(box=self.box, reads=self.reads + other.reads, candidates=candidates)


class Ballot(Kept):
    """The candidates of one passage: those of views that are over, and the present view."""

    candidates: tuple[Candidate, ...] = ()
    view: View | None = None

    def with_read(self, read: Read, frame: FrameReads) -> Ballot:
        """The ballot after one more read."""
        fresh = View(box=read.box, reads=1, candidates=(_candidate(read, frame),))
        if self.view and self.view.shows(read.box):
            return Ballot(candidates=self.candidates, view=self.view.with_view(fresh))
        return Ballot(candidates=self.counted, view=fresh)

    def with_ballot(self, other: Ballot) -> Ballot:
        """Both ballots in one."""
        if self.view and other.view and self.view.shows(other.view.box):
            candidates = _merged((*self.candidates, *other.candidates))
            return Ballot(candidates=candidates, view=self.view.with_view(other.view))
        return Ballot(candidates=_merged((*self.candidates, *other.counted)), view=self.view)

    @property
    def counted(self) -> tuple[Candidate, ...]:
        """All candidates with the weight that they have in the vote."""
        if self.view is None:
            return self.candidates
        return _merged((*self.candidates, *(c.scaled(self.view.share) for c in self.view.candidates)))

    @property
    def is_empty(self) -> bool:
        return not self.candidates and self.view is None

    @property
    def keys(self) -> frozenset[str]:
        """All pictures that may still become the event's."""
        fresh = self.view.candidates if self.view else ()
        return frozenset(key for candidate in (*self.candidates, *fresh) for key in candidate.evidence.keys)

    @property
    def texts(self) -> tuple[str, ...]:
        """What the next read is compared with: the heaviest text and those like it, never odd ones among them."""
        weights: defaultdict[str, float] = defaultdict(float)
        for candidate in self.candidates:
            weights[candidate.text] += candidate.weight
        for candidate in self.view.candidates if self.view else ():
            weights[candidate.text] += candidate.weight * (self.view.share if self.view else 1.0)
        ranked = sorted(weights, key=lambda text: (-weights[text], text))
        return tuple(text for text in ranked if likeness(ranked[0], text) >= AKIN)[:3]


def evidence_of(found: Read | Unread, frame: FrameReads, worth: float) -> Evidence:
    """A plate's picture with the frame that it is part of."""
    return Evidence(
        read_at=frame.captured_at,
        box=found.box,
        frame_width=frame.width,
        frame_height=frame.height,
        frame_key=frame.frame_key,
        crop_key=found.crop_key,
        processing_ms=frame.processing_ms,
        worth=worth,
        alternatives=found.alternatives if isinstance(found, Read) else (),
    )


def picture_worth(found: Read | Unread, frame: FrameReads) -> float:
    """How much a picture shows, 0 to 1: sharp and large ones more, one that the edge cuts next to nothing."""
    sharp = 0.3 + 0.7 * found.sharpness / (found.sharpness + SHARP)
    return sharp * found.box.height / (found.box.height + TALL) * (EDGE_FACTOR if _at_edge(found.box, frame) else 1.0)


def total(many: Iterable[Mapping[str, float]]) -> Weights:
    """Several weights added up by name."""
    found: defaultdict[str, float] = defaultdict(float)
    for weights in many:
        for name, weight in weights.items():
            found[name] += weight
    return dict(found)


def heaviest(candidates: Iterable[Candidate], count: int) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (-c.weight, c.text))[:count]


def _candidate(read: Read, frame: FrameReads) -> Candidate:
    worth = picture_worth(read, frame)
    weight = read.confidence**2 * worth
    clear = sum(character.probability for character in read.characters) / len(read.characters)
    named = bool(read.country and read.region)
    return Candidate(
        text=read.text,
        reads=1,
        weight=weight,
        surest=read.confidence,
        trust=weight * read.confidence / max(clear, FLOOR),
        columns=tuple(_column(character, weight) for character in read.characters),
        countries={read.country: weight} if read.country else {},
        regions={f"{read.country} {read.region}": weight} if named else {},
        evidence=evidence_of(read, frame, worth * max(read.confidence, FLOOR)),
    )


def _column(character: Character, weight: float) -> Weights:
    options = character.options[:MOST_OPTIONS]
    rest = 1.0 - sum(probability for _, probability in options)
    return {
        letter: weight * log(probability / FLOOR)
        for letter, probability in (*options, (OTHER, rest))
        if probability > FLOOR
    }


def _at_edge(box: Box, frame: FrameReads) -> bool:
    return box.x <= 1 or box.y <= 1 or box.x + box.width >= frame.width - 1 or box.y + box.height >= frame.height - 1


def _merged(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Candidates of one text as one; of too many texts the lightest go."""
    by_text: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_text[candidate.text].append(candidate)
    return tuple(heaviest((_joined(same) for same in by_text.values()), MOST_CANDIDATES))


def _joined(same: list[Candidate]) -> Candidate:
    """Candidates of one text as one; their best picture stays."""
    if len(same) == 1:
        return same[0]
    return Candidate(
        text=same[0].text,
        reads=sum(c.reads for c in same),
        weight=sum(c.weight for c in same),
        surest=max(c.surest for c in same),
        trust=sum(c.trust for c in same),
        columns=tuple(total(columns) for columns in zip(*(c.columns for c in same), strict=True)),
        countries=total(c.countries for c in same),
        regions=total(c.regions for c in same),
        evidence=max((c.evidence for c in same), key=lambda evidence: evidence.worth),
    )


def _scaled(weights: Mapping[str, float], share: float) -> Weights:
    return {name: weight * share for name, weight in weights.items()}
