"""Many readings of one plate become one text: cluster by text, then vote per character.

A ballot keeps one candidate per distinct text with the sums that the vote needs, so that a car parked for hours costs
no more than a car that passes. Each read votes with its confidence squared, times its sharpness, less when its box
touches the picture's edge. The heaviest cluster of similar texts wins; inside it the length with most weight, where a
clipped reading supports the whole of which it is a part; then each position takes the character with most weight,
readings of another length voting where they align.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher

from pydantic import BaseModel, ConfigDict

from services.reactor.likeness import AKIN, is_part, likeness
from shared.geometry import Box
from shared.messages import Character, FrameReads, Read
from shared.plates import distance, skeleton

MOST_CANDIDATES = 16
MOST_OPTIONS = 4
DECIDING_READS, DECIDING_MARGIN = 3, 0.2
RIVAL_SHARE = 0.6
EDGE_FACTOR = 0.3
LEAST_SHARE_OF_WHOLE = 0.25

Weights = dict[str, float]


class Kept(BaseModel):
    """Part of a tracker's state: frozen, and the same after a way through JSON."""

    model_config = ConfigDict(frozen=True)


class Evidence(Kept):
    """The picture of one read, kept while its text may win."""

    read_at: datetime
    box: Box
    frame_width: int
    frame_height: int
    frame_key: str
    crop_key: str
    processing_ms: float
    worth: float

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(key for key in (self.frame_key, self.crop_key) if key)


class Candidate(Kept):
    """All reads of one text: how many, their weight, and per position the weight of each character."""

    text: str
    reads: int
    weight: float
    surest: float
    columns: tuple[Weights, ...]
    countries: Weights
    evidence: Evidence


class Verdict(Kept):
    """What the vote says now."""

    text: str
    country: str
    confidence: float
    characters: tuple[Character, ...]
    evidence: Evidence
    agreeing: int
    surest: float
    decided: bool


class Ballot(Kept):
    """The candidates of one passage."""

    candidates: tuple[Candidate, ...] = ()

    def with_read(self, read: Read, frame: FrameReads) -> Ballot:
        """The ballot after one more read."""
        fresh = _candidate(read, frame)
        known = [c for c in self.candidates if c.text == fresh.text]
        others = [c for c in self.candidates if c.text != fresh.text]
        return Ballot(candidates=(*_heaviest(others, MOST_CANDIDATES - 1), _joined([*known, fresh])))

    def with_ballot(self, other: Ballot) -> Ballot:
        """Both ballots in one."""
        by_text: defaultdict[str, list[Candidate]] = defaultdict(list)
        for candidate in (*self.candidates, *other.candidates):
            by_text[candidate.text].append(candidate)
        return Ballot(candidates=tuple(_heaviest([_joined(same) for same in by_text.values()], MOST_CANDIDATES)))

    @property
    def keys(self) -> frozenset[str]:
        """All pictures that may still become the event's."""
        return frozenset(key for candidate in self.candidates for key in candidate.evidence.keys)

    @property
    def texts(self) -> tuple[str, ...]:
        """What the next read is compared with: the heaviest text and those like it, never odd ones among them."""
        leading = _heaviest(self.candidates, 1)[0].text
        alike = [c for c in self.candidates if likeness(leading, c.text) >= AKIN]
        return tuple(candidate.text for candidate in _heaviest(alike, 3))


def decide(ballot: Ballot) -> Verdict:
    """Counts the ballot, which must hold a candidate."""
    clusters = sorted(_clusters(ballot.candidates), key=_weight, reverse=True)
    winners = clusters[0]
    same_length = _of_best_length(winners)
    leading = _heaviest(same_length, 1)[0]
    totals, columns = _columns(leading, winners)
    characters = tuple(_character(column, total) for column, total in zip(columns, totals, strict=True))
    text = "".join(character.best for character in characters)
    rival = _weight(clusters[1]) if len(clusters) > 1 else 0.0
    agreeing = [c for c in winners if _agrees(c.text, text)]
    reads = sum(c.reads for c in agreeing)
    return Verdict(
        text=text,
        country=_country(agreeing or winners),
        confidence=sum(character.probability for character in characters) / len(characters),
        characters=characters,
        evidence=min(winners, key=lambda c: (distance(c.text, text), -c.evidence.worth)).evidence,
        agreeing=reads,
        surest=max((c.surest for c in agreeing), default=0.0),
        decided=reads >= DECIDING_READS and rival <= RIVAL_SHARE * _weight(winners) and _clear(characters),
    )


def _candidate(read: Read, frame: FrameReads) -> Candidate:
    weight = read.confidence**2 * (0.3 + 0.7 * read.sharpness / (read.sharpness + 150))
    if _at_edge(read.box, frame):
        weight *= EDGE_FACTOR
    return Candidate(
        text=read.text,
        reads=1,
        weight=weight,
        surest=read.confidence,
        columns=tuple({letter: weight * p for letter, p in c.options[:MOST_OPTIONS]} for c in read.characters),
        countries={read.country: weight} if read.country else {},
        evidence=Evidence(
            read_at=frame.captured_at,
            box=read.box,
            frame_width=frame.width,
            frame_height=frame.height,
            frame_key=frame.frame_key,
            crop_key=read.crop_key,
            processing_ms=frame.processing_ms,
            worth=weight / max(read.confidence, 0.01),
        ),
    )


def _at_edge(box: Box, frame: FrameReads) -> bool:
    return box.x <= 1 or box.y <= 1 or box.x + box.width >= frame.width - 1 or box.y + box.height >= frame.height - 1


def _joined(same: Sequence[Candidate]) -> Candidate:
    """Candidates of one text as one; their best picture stays."""
    if len(same) == 1:
        return same[0]
    return Candidate(
        text=same[0].text,
        reads=sum(c.reads for c in same),
        weight=_weight(same),
        surest=max(c.surest for c in same),
        columns=tuple(_sum(columns) for columns in zip(*(c.columns for c in same), strict=True)),
        countries=_sum(c.countries for c in same),
        evidence=max((c.evidence for c in same), key=lambda evidence: evidence.worth),
    )


def _sum(many: Iterable[Mapping[str, float]]) -> Weights:
    total: defaultdict[str, float] = defaultdict(float)
    for weights in many:
        for name, weight in weights.items():
            total[name] += weight
    return dict(total)


def _weight(candidates: Iterable[Candidate]) -> float:
    return sum(candidate.weight for candidate in candidates)


def _heaviest(candidates: Iterable[Candidate], count: int) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (-c.weight, c.text))[:count]


def _clusters(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Each candidate joins the first heavier one that it resembles."""
    clusters: list[list[Candidate]] = []
    for candidate in _heaviest(candidates, len(candidates)):
        home = next((c for c in clusters if likeness(c[0].text, candidate.text) >= AKIN), None)
        if home is None:
            clusters.append([candidate])
        else:
            home.append(candidate)
    return clusters


def _of_best_length(cluster: Sequence[Candidate]) -> list[Candidate]:
    by_length: defaultdict[int, list[Candidate]] = defaultdict(list)
    for candidate in cluster:
        by_length[len(candidate.text)].append(candidate)
    weights: defaultdict[int, float] = defaultdict(float)
    for candidate in cluster:
        weights[_length_of_whole(candidate, by_length)] += candidate.weight
    return by_length[max(weights, key=lambda length: (weights[length], length))]


def _length_of_whole(candidate: Candidate, by_length: Mapping[int, Sequence[Candidate]]) -> int:
    """The length that a candidate speaks for: its own, or that of the text of which it is a clipped part.

    A longer text must have some weight of its own: one odd reading with a character too many must not gather all good
    ones, nor may several that each add another character.
    """
    wholes = [
        other
        for longer in by_length.values()
        for other in longer
        if is_part(candidate.text, other.text)
        and other.weight >= LEAST_SHARE_OF_WHOLE * candidate.weight
        and other.reads >= min(2, candidate.reads)
    ]
    return max(
        (len(other.text) for other in wholes),
        key=lambda length: _weight(by_length[length]),
        default=len(candidate.text),
    )


def _columns(leading: Candidate, cluster: Sequence[Candidate]) -> tuple[list[float], list[Weights]]:
    """Per position of the leading text: the weight that voted there, and for which characters."""
    totals = [0.0] * len(leading.text)
    votes: list[list[Weights]] = [[] for _ in leading.text]
    for candidate in cluster:
        for target, source in _alignment(leading.text, candidate.text):
            totals[target] += candidate.weight
            votes[target].append(candidate.columns[source])
    return totals, [_sum(column) for column in votes]


def _alignment(text: str, other: str) -> list[tuple[int, int]]:
    """Pairs of positions that stand for the same character of the plate."""
    if len(text) == len(other):
        return [(i, i) for i in range(len(text))]
    blocks = SequenceMatcher(None, skeleton(text), skeleton(other), autojunk=False).get_opcodes()
    return [
        (i, j)
        for tag, i1, i2, j1, j2 in blocks
        if tag == "equal" or (tag == "replace" and i2 - i1 == j2 - j1)
        for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
    ]


def _character(column: Weights, total: float) -> Character:
    best = sorted(column.items(), key=lambda option: (-option[1], option[0]))[:MOST_OPTIONS]
    return Character(options=tuple((letter, min(1.0, weight / total) if total else 0.0) for letter, weight in best))


def _agrees(text: str, winner: str) -> bool:
    """The same text, or in a text long enough to be no accident all but one character."""
    allowed = 1 if len(winner) >= 5 else 0
    return distance(skeleton(text), skeleton(winner)) <= allowed


def _clear(characters: Sequence[Character]) -> bool:
    def margin(character: Character) -> float:
        return character.probability - (character.options[1][1] if len(character.options) > 1 else 0.0)

    return all(margin(character) >= DECIDING_MARGIN for character in characters)


def _country(candidates: Sequence[Candidate]) -> str:
    countries = _sum(candidate.countries for candidate in candidates)
    return max(countries, key=lambda name: (countries[name], name), default="")
