"""One round: all rules are tried in order for one passage at one moment of its life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shared.messages import Moment
from shared.rules.conditions import Why, mismatch
from shared.rules.cool_downs import CoolDowns, Firing
from shared.rules.facts import Circumstances, Facts
from shared.rules.rule import Rule

HELD_BACK = frozenset({Why.BARRIERS_LOCKED, Why.ALREADY_TOLD, Why.COOLING_DOWN})
"""The vehicle is one of the rule's all the same, so a rule that stops the others still does."""


@dataclass(frozen=True)
class Tried:
    """What became of one rule: fired, or why not.

    Attributes:
        by: the rule that stopped this one, or told the destination before it.
        since: the firing from which it cools down.
    """

    rule: Rule
    why: Why | None = None
    by: str = ""
    since: Firing | None = None

    @property
    def fired(self) -> bool:
        return self.why is None


@dataclass
class Round:
    """Tries rules one after the other; `stopped` is the rule after which none may fire.

    Attributes:
        stopped_before: the rule that ended an earlier round of the same passage.
    """

    facts: Facts
    around: Circumstances
    cool_downs: CoolDowns
    stopped_before: UUID | None = None
    stopped: Rule | None = None
    tried: list[Tried] = field(default_factory=list)
    _told: dict[UUID, Rule] = field(default_factory=dict)

    @property
    def fired(self) -> list[Rule]:
        return [one.rule for one in self.tried if one.fired]

    def run(self, rules: Sequence[Rule], moment: Moment) -> None:
        """Tries those that belong to the moment, in order; the facts decide, nothing else is looked at."""
        for rule in rules:
            matched = moment in rule.moments and self._try(rule)
            if self.stopped is None and (rule.rule_id == self.stopped_before or (matched and rule.settings.stop)):
                self.stopped = rule

    def _try(self, rule: Rule) -> bool:
        """Notes what becomes of the rule; returns whether the vehicle is one of those that it is about."""
        found = self._outcome(rule)
        self.tried.append(found)
        if found.fired:
            self._told[rule.destination_id] = rule
            self.cool_downs.note(rule, self.facts)
        return found.fired or found.why in HELD_BACK

    def _outcome(self, rule: Rule) -> Tried:
        if why := mismatch(rule, self.facts, self.around):
            return Tried(rule, why)
        if self.stopped:
            return Tried(rule, Why.STOPPED_BY, by=self.stopped.name)
        if rule.opens_barrier and self.around.barriers_locked:
            return Tried(rule, Why.BARRIERS_LOCKED)
        if teller := self._told.get(rule.destination_id):
            return Tried(rule, Why.ALREADY_TOLD, by=teller.name)
        if since := self.cool_downs.holding(rule, self.facts):
            return Tried(rule, Why.COOLING_DOWN, since=since)
        return Tried(rule)
