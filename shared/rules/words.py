"""Says in one sentence what became of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from shared.rules.conditions import Why
from shared.rules.facts import Circumstances, Facts
from shared.rules.round import Tried

MOST_NAMED = 3


def sentence(tried: Tried, facts: Facts, around: Circumstances) -> str:
    """For a person, with the values that decided."""
    if tried.why is None:
        return f"Fired: {tried.rule.destination} is told"
    return _SENTENCES[tried.why](tried, facts, around)


def _on(facts: Facts) -> str:
    return _some(facts.lists) if facts.lists else "no list"


def _some(names: Iterable[str]) -> str:
    """The names, or the first of them and how many more."""
    known = [str(name) for name in names]
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return ", ".join(known[:MOST_NAMED]) + more


def _look_alike(tried: Tried, facts: Facts, _around: Circumstances) -> str:
    near = [hit for hit in facts.hits if hit.list in tried.rule.settings.lists]
    entries = _some(f"{hit.entry} on {hit.list}" for hit in near)
    return f"{facts.plate} only looks like {entries}, and the rule wants exact hits"


def _schedule(_tried: Tried, facts: Facts, around: Circumstances) -> str:
    local = facts.at.astimezone(around.zone)
    return f"The vehicle came on {local:%A} at {local:%H:%M} ({around.zone.key}), outside the rule's schedule"


def _cooling(tried: Tried, _facts: Facts, around: Circumstances) -> str:
    settings, since = tried.rule.settings, tried.since
    if since is None:
        return "It fired for this plate a moment ago"
    until = (since.at + timedelta(seconds=settings.cool_down)).astimezone(around.zone)
    at = since.at.astimezone(around.zone)
    return f"It fired for this plate at {at:%H:%M:%S} already and waits {settings.cool_down} s, until {until:%H:%M:%S}"


_SENTENCES: dict[Why, Callable[[Tried, Facts, Circumstances], str]] = {
    Why.SWITCHED_OFF: lambda tried, _f, _a: f"The rule or its destination {tried.rule.destination} is switched off",
    Why.NOT_ON_LIST: lambda tried, facts, _a: (
        f"The plate is on {_on(facts)}, the rule wants {_some(tried.rule.settings.lists)}"
    ),
    Why.ON_A_LIST: lambda _t, facts, _a: f"The rule wants plates on no list, this one is on {_on(facts)}",
    Why.LOOK_ALIKE_ONLY: _look_alike,
    Why.WRONG_CAMERA: lambda _t, _f, _a: "The rule is for other cameras",
    Why.WRONG_ZONE: lambda tried, facts, _a: (
        f"The vehicle was in zone {facts.zone}, the rule is for {_some(map(str, tried.rule.settings.zones))}"
    ),
    Why.WRONG_DIRECTION: lambda tried, facts, _a: (
        f"The vehicle's direction is {facts.direction}, the rule wants {_some(tried.rule.settings.directions)}"
    ),
    Why.WRONG_COUNTRY: lambda tried, facts, _a: (
        f"The plate's country is {facts.country or 'unknown'}, the rule wants {_some(tried.rule.settings.countries)}"
    ),
    Why.CONFIDENCE_TOO_LOW: lambda tried, facts, _a: (
        f"The reading is {facts.confidence:.3f} sure, the rule wants {tried.rule.settings.min_confidence:.3f}"
    ),
    Why.OUTSIDE_SCHEDULE: _schedule,
    Why.NOT_LIVE: lambda _t, facts, _a: f"Only live cameras open barriers, this came from a {facts.origin}",
    Why.ON_BLACK: lambda _t, facts, _a: (
        f"The plate is also on {_some(hit.list for hit in facts.hits if hit.kind == 'black')}, and black beats white"
    ),
    Why.BARRIERS_LOCKED: lambda _t, _f, _a: "All barriers of the site are locked",
    Why.STOPPED_BY: lambda tried, _f, _a: f"Rule {tried.by} came first and lets no later rule fire",
    Why.ALREADY_TOLD: lambda tried, _f, _a: f"Rule {tried.by} told {tried.rule.destination} of this vehicle already",
    Why.COOLING_DOWN: _cooling,
}
