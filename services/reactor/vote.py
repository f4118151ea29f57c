"""Many readings of one plate become one text: cluster by text, vote on the length, then on the characters.

The heaviest cluster of similar texts wins; inside it the length with most weight, where a clipped reading supports the
whole of which it is a part. Then the log-likelihoods that all readings of the cluster give to each character are added
up, readings of another length voting where they align.

The winner need be no text that a single frame said, but its blocks of letters and of digits each must have been read,
in texts of one shape and country. What a grammar forbids, such as a region that does not exist, it forbids inside a
block, so that no vote makes up a plate that no country has. Only in serial numbers each digit is voted on by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from math import exp

from services.reactor.ballot import MOST_OPTIONS, OTHER, Ballot, Candidate, Evidence, Kept, Weights, heaviest, total
from services.reactor.likeness import AKIN, is_part, likeness
from shared.messages import Alternative, Character, UnreadReason
from shared.plates import distance, skeleton

DECIDING_READS, DECIDING_MARGIN = 3, 0.2
RIVAL_SHARE = 0.6
LEAST_SHARE_OF_WHOLE = 0.25
SHORTEST_SERIAL = 3
"""Digits in a row that are a number; fewer may be a code of which not every one exists."""

Block = tuple[int, str]
"""Where a run of letters or of digits begins, and how it was read."""


class Reading(Kept):
    """A text that frames of this passage said: how many, how sure the surest was, and its share of all that voted."""

    text: str
    reads: int
    surest: float
    share: float


class Verdict(Kept):
    """What the vote says now; without a reading `unread` says why there is none."""

    text: str
    country: str
    region: str = ""
    confidence: float
    characters: tuple[Character, ...]
    alternatives: tuple[Alternative, ...] = ()
    readings: tuple[Reading, ...] = ()
    evidence: Evidence
    agreeing: int
    surest: float
    decided: bool
    unread: UnreadReason | None = None


def decide(ballot: Ballot) -> Verdict:
    """Counts the ballot, which must hold a candidate."""
    candidates = ballot.counted
    clusters = sorted(_clusters(candidates), key=_weight, reverse=True)
    winners = clusters[0]
    same_length = _of_best_length(winners)
    totals, columns = _columns(heaviest(same_length, 1)[0], winners)
    text, accepted_by = _likeliest(same_length, columns)
    characters = tuple(map(_character, text, columns, totals))
    rival = _weight(clusters[1]) if len(clusters) > 1 else 0.0
    agreeing = [c for c in winners if _agrees(c.text, text)]
    exact = [c for c in winners if c.text == text]
    nearest = min(winners, key=lambda c: (distance(c.text, text), -c.evidence.worth))
    reads = sum(c.reads for c in agreeing)
    country = _heaviest_name(total(c.countries for c in exact)) if exact else accepted_by
    return Verdict(
        text=text,
        country=country,
        region=_region(total(c.regions for c in exact or agreeing), country),
        confidence=_confidence(characters, exact or agreeing or winners),
        characters=characters,
        alternatives=tuple(
            other for other in nearest.evidence.alternatives if (other.text, other.country) != (text, country)
        ),
        readings=tuple(_reading(c, _weight(candidates)) for c in heaviest(candidates, len(candidates))),
        evidence=nearest.evidence,
        agreeing=reads,
        surest=max((c.surest for c in agreeing), default=0.0),
        decided=reads >= DECIDING_READS and rival <= RIVAL_SHARE * _weight(winners) and _clear(characters),
    )


def _weight(candidates: Iterable[Candidate]) -> float:
    return sum(candidate.weight for candidate in candidates)


def _reading(candidate: Candidate, everything: float) -> Reading:
    share = candidate.weight / everything if everything else 0.0
    return Reading(text=candidate.text, reads=candidate.reads, surest=candidate.surest, share=round(share, 4))


def _clusters(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Each candidate joins the first heavier one that it resembles."""
    clusters: list[list[Candidate]] = []
    for candidate in heaviest(candidates, len(candidates)):
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
    return totals, [total(column) for column in votes]


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


def _likeliest(same_length: Sequence[Candidate], columns: Sequence[Weights]) -> tuple[str, str]:
    """The likeliest text whose blocks, apart from serials, were all read in texts of one shape and one country.

    Returns:
        The text and the country.
    """

    def likelihood(block: Block) -> float:
        start, part = block
        return sum(columns[start + i].get(letter, 0.0) for i, letter in enumerate(part))

    read: defaultdict[tuple[tuple[int, ...], str], defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    weights = {candidate.text: candidate.weight for candidate in same_length}
    for text, country in _accepted(same_length):
        blocks = list(_blocks(text))
        for start, part in blocks:
            read[_shape(blocks), country][start].add(_serial(part, columns[start:]))
    ranked: dict[tuple[str, str], float] = {}
    for (_, country), places in read.items():
        blocks = [max(((start, part) for part in sorted(parts)), key=likelihood) for start, parts in places.items()]
        text = "".join(part for _, part in sorted(blocks))
        ranked[text, country] = sum(map(likelihood, blocks))
    return max(ranked, key=lambda one: (ranked[one], weights.get(one[0], 0.0), one))


def _accepted(same_length: Sequence[Candidate]) -> Iterator[tuple[str, str]]:
    """Texts of this length that some country's grammar gave, told or rejected, with that country."""
    for candidate in same_length:
        yield candidate.text, _heaviest_name(candidate.countries)
        for other in candidate.evidence.alternatives:
            if len(other.text) == len(candidate.text):
                yield other.text, other.country


def _blocks(text: str) -> Iterator[Block]:
    for _, run in groupby(enumerate(text), key=lambda item: item[1].isdigit()):
        places, letters = zip(*run, strict=True)
        yield places[0], "".join(letters)


def _serial(part: str, columns: Sequence[Weights]) -> str:
    """A serial number with the likeliest digit at each place; any other part as it is."""
    if not part.isdigit() or len(part) < SHORTEST_SERIAL:
        return part
    ranked = (sorted(column.items(), key=lambda option: (-option[1], option[0])) for column in columns)
    return "".join(
        next((letter for letter, _ in options if letter.isdigit()), read)
        for read, options in zip(part, ranked, strict=False)
    )


def _shape(blocks: Sequence[Block]) -> tuple[int, ...]:
    """Texts with the same shape have letters and digits at the same places."""
    digits_first = blocks[0][1].isdigit()
    return (digits_first, *(start for start, _ in blocks))


def _character(told: str, column: Weights, weight: float) -> Character:
    """The readings' common opinion of one position: their weighted geometric mean, with the told character first."""
    opinions = {letter: exp(gain / weight) if weight else 0.0 for letter, gain in column.items()}
    opinions.setdefault(told, 1.0)
    everything = sum(opinions.values())
    opinions.pop(OTHER, None)
    ranked = sorted(opinions, key=lambda letter: (letter != told, -opinions[letter], letter))[:MOST_OPTIONS]
    return Character(options=tuple((letter, min(1.0, opinions[letter] / everything)) for letter in ranked))


def _confidence(characters: Sequence[Character], readings: Sequence[Candidate]) -> float:
    """How sure the characters are together, as far as the readings themselves trust their characters."""
    clear = sum(character.probability for character in characters) / len(characters)
    weight, trust = _weight(readings), sum(candidate.trust for candidate in readings)
    return min(1.0, clear * trust / weight) if weight and trust else clear


def _agrees(text: str, winner: str) -> bool:
    """The same text, or in a text long enough to be no accident all but one character."""
    allowed = 1 if len(winner) >= 5 else 0
    return distance(skeleton(text), skeleton(winner)) <= allowed


def _clear(characters: Sequence[Character]) -> bool:
    def margin(character: Character) -> float:
        return character.probability - (character.options[1][1] if len(character.options) > 1 else 0.0)

    return all(margin(character) >= DECIDING_MARGIN for character in characters)


def _heaviest_name(weights: Mapping[str, float]) -> str:
    return max(weights, key=lambda name: (weights[name], name), default="")


def _region(regions: Mapping[str, float], country: str) -> str:
    """The heaviest region of this country."""
    of_country = {name: weight for name, weight in regions.items() if name.startswith(f"{country} ")}
    return _heaviest_name(of_country).removeprefix(f"{country} ")
