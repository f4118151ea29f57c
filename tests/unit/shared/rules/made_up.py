"""Vehicles and rules that tests try on each other."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from shared.geometry import Box
from shared.messages import Event, EventState, ListHit, Moment, Origin
from shared.reactions import RuleSettings
from shared.rules.cool_downs import CoolDowns
from shared.rules.facts import Circumstances, Facts
from shared.rules.round import Round
from shared.rules.rule import Rule
from shared.testing import NOON

GATE = UUID(int=1)
UTC = Circumstances(ZoneInfo("UTC"))
KINDS = {"black": "black", "white": "white"}


def hit(name: str, how: str = "exact", entry: str = "AB12CDE") -> ListHit:
    return ListHit.model_validate({"list": name, "kind": KINDS.get(name, "named"), "entry": entry, "how": how})


def an_event(*hits: ListHit, **changes: object) -> Event:
    event = Event(
        event_id=uuid4(),
        camera_id=GATE,
        camera_name="Gate",
        car_id=1,
        state=EventState.RELIABLE,
        origin=Origin.LIVE,
        plate="AB12CDE",
        country="GBR",
        confidence=0.9,
        captured_at=NOON,
        read_at=NOON,
        last_seen=NOON,
        reads=3,
        box=Box(x=0, y=0, width=10, height=5),
        frame_width=640,
        frame_height=480,
        hits=hits,
        lists=tuple(dict.fromkeys(one.list for one in hits)),
    )
    return event.model_copy(update=changes)


def facts(*hits: ListHit, **changes: object) -> Facts:
    return Facts.of_event(an_event(*hits, **changes))


def a_rule(name: str = "Rule", kind: str = "json_http", **settings: Any) -> Rule:
    """A rule with a destination of its own, which hears at reliable."""
    return Rule(
        rule_id=uuid4(),
        name=name,
        settings=RuleSettings.model_validate(settings),
        destination_id=uuid4(),
        destination=f"{name}'s destination",
        kind=kind,
        moments=frozenset({Moment.DETECT}),
    )


def outcomes(
    rules: list[Rule], seen: Facts, around: Circumstances = UTC, cool_downs: CoolDowns | None = None
) -> list[str]:
    """In one round: `fired` or why not, for each rule."""
    found = Round(seen, around, CoolDowns() if cool_downs is None else cool_downs)
    found.run(rules, Moment.DETECT)
    return [one.why or "fired" for one in found.tried]
