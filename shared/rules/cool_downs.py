"""When each rule fired last for a plate, so that it does not fire again too soon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from shared.plates import skeleton
from shared.reactions import LONGEST_COOL_DOWN
from shared.rules.facts import Facts
from shared.rules.rule import Rule


class Key(NamedTuple):
    """A rule, a plate with its look-alikes as one (a car read twice is one car), and whose time it is."""

    rule_id: UUID
    plate: str
    origin: str

    @classmethod
    def of(cls, rule: Rule, facts: Facts) -> Key:
        return cls(rule.rule_id, skeleton(facts.plate), facts.origin)


class Firing(NamedTuple):
    at: datetime
    event_id: UUID


class CoolDowns:
    """The newest firing of each rule and plate."""

    def __init__(self, fired: Mapping[Key, Firing] | None = None) -> None:
        self._fired = dict(fired or {})
        self._noted: set[Key] = set()

    @property
    def noted(self) -> dict[Key, Firing]:
        """What is new since the beginning."""
        return {key: self._fired[key] for key in self._noted}

    def holding(self, rule: Rule, facts: Facts) -> Firing | None:
        """The firing that is too near, before or after, for the rule to fire; a passage never holds itself back."""
        if not rule.settings.cool_down:
            return None
        last = self._fired.get(Key.of(rule, facts))
        if last is None or last.event_id == facts.event_id:
            return None
        return last if abs((facts.at - last.at).total_seconds()) < rule.settings.cool_down else None

    def note(self, rule: Rule, facts: Facts) -> None:
        """The rule fired. A late passage does not move the clock back."""
        if not rule.settings.cool_down:
            return
        key = Key.of(rule, facts)
        last = self._fired.get(key)
        if last is None or last.at <= facts.at:
            self._fired[key] = Firing(facts.at, facts.event_id)
            self._noted.add(key)

    def forget_before(self, at: datetime) -> None:
        """Drops what can hold back nothing that happens from then on."""
        oldest = at - timedelta(seconds=LONGEST_COOL_DOWN)
        self._fired = {key: firing for key, firing in self._fired.items() if firing.at > oldest}
        self._noted &= self._fired.keys()
