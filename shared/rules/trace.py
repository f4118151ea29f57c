"""What is kept of a round: small enough to stay with its event for ever, and complete where it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.messages import Alternative, Event, ListHit, Moment
from shared.rules.conditions import Why
from shared.rules.round import HELD_BACK, Round, Tried
from shared.rules.words import sentence

MOST_BYTES = 4000
"""Of one round; a passage has two at most."""
MOST_HITS, MOST_READINGS, MOST_ALTERNATIVES = 5, 5, 3
LONGEST_SENTENCE = 240
FIRED = "fired"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ReadingTrace(_Kept):
    """A text that frames said until then: how many frames, and its share of all that voted."""

    text: str
    reads: int
    share: float


class RuleTrace(_Kept):
    """What became of one rule."""

    rule_id: UUID
    name: str
    destination: str
    fired: bool = False
    why: Why | None = Field(default=None, description="why it did not fire, for programs")
    sentence: str = Field(default="", description="the same for a person")


class RoundTrace(_Kept):
    """What was known of the vehicle at that moment, and what became of each rule."""

    moment: Moment
    at: datetime = Field(description="when the rules were tried, by the clock of the reactor")
    plate: str
    country: str = ""
    confidence: float
    direction: str
    zone: int
    reads: int = Field(description="frames that had voted")
    readings: tuple[ReadingTrace, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    hits: tuple[ListHit, ...] = ()
    more_hits: int = 0
    barriers_locked: bool = False
    stopped: UUID | None = Field(default=None, description="the rule after which none could fire")
    rules: tuple[RuleTrace, ...] = Field(default=(), description="in the order in which they were tried")
    more: dict[str, int] = Field(default_factory=dict, description="rules for which there was no room, by outcome")


def trace(found: Round, event: Event, readings: Sequence[ReadingTrace], moment: Moment, at: datetime) -> RoundTrace:
    """The round in at most MOST_BYTES of JSON; rules that fired or were held back are the last to be left out."""
    kept = RoundTrace(
        moment=moment,
        at=at,
        plate=event.plate,
        country=event.country,
        confidence=round(event.confidence, 4),
        direction=event.direction,
        zone=event.zone,
        reads=event.reads,
        readings=tuple(readings[:MOST_READINGS]),
        alternatives=event.alternatives[:MOST_ALTERNATIVES],
        hits=event.hits[:MOST_HITS],
        more_hits=max(0, len(event.hits) - MOST_HITS),
        barriers_locked=found.around.barriers_locked,
        stopped=found.stopped.rule_id if found.stopped else None,
    )
    rules = [_rule(tried, found) for tried in found.tried]
    room = MOST_BYTES - size(kept) - 400  # the names of all outcomes with their counts
    fitting = _fitting(found.tried, rules, room)
    left_out = Counter(rule.why or FIRED for number, rule in enumerate(rules) if number not in fitting)
    update = {"rules": tuple(rules[number] for number in sorted(fitting)), "more": dict(sorted(left_out.items()))}
    return kept.model_copy(update=update)


def size(kept: BaseModel) -> int:
    """Bytes of its JSON."""
    return len(kept.model_dump_json(exclude_defaults=True).encode())


def _fitting(tried: Sequence[Tried], rules: Sequence[RuleTrace], room: int) -> set[int]:
    """Numbers of the rules for which there is room, the most telling first."""
    found: set[int] = set()
    for number in sorted(range(len(rules)), key=lambda one: (_rank(tried[one]), one)):
        needed = size(rules[number]) + 1
        if needed <= room:
            found.add(number)
            room -= needed
    return found


def _rank(tried: Tried) -> int:
    if tried.fired:
        return 0
    return 1 if tried.why in HELD_BACK or tried.why in (Why.ON_BLACK, Why.STOPPED_BY) else 2


def _rule(tried: Tried, found: Round) -> RuleTrace:
    said = sentence(tried, found.facts, found.around)
    return RuleTrace(
        rule_id=tried.rule.rule_id,
        name=tried.rule.name,
        destination=tried.rule.destination,
        fired=tried.fired,
        why=tried.why,
        sentence=said if len(said) <= LONGEST_SENTENCE else said[: LONGEST_SENTENCE - 1] + "…",
    )


def stored(traces: Iterable[RoundTrace]) -> dict[str, object]:
    """As it stands in the event's column: by moment."""
    return {kept.moment.value: kept.model_dump(mode="json", exclude_defaults=True) for kept in traces}


def opened(column: object) -> list[RoundTrace]:
    """The rounds of an event's column, in their order."""
    parts = column if isinstance(column, dict) else {}
    return [RoundTrace.model_validate(parts[moment.value]) for moment in Moment if moment.value in parts]
