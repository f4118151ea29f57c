"""Whether a vehicle is one of those that a rule is about, and if not, which condition says so first."""

from __future__ import annotations

from enum import StrEnum

from shared.messages import Origin
from shared.reactions import ANY, NONE
from shared.rules.facts import Circumstances, Facts
from shared.rules.rule import Rule

FUZZY = frozenset({"look_alike", "one_off"})
"""Ways in which an entry is hit by a plate that it does not name."""


class Why(StrEnum):
    """Why a rule did not fire."""

    SWITCHED_OFF = "switched_off"
    NOT_ON_LIST = "not_on_list"
    ON_A_LIST = "on_a_list"
    LOOK_ALIKE_ONLY = "look_alike_only"
    WRONG_CAMERA = "wrong_camera"
    WRONG_ZONE = "wrong_zone"
    WRONG_DIRECTION = "wrong_direction"
    WRONG_COUNTRY = "wrong_country"
    CONFIDENCE_TOO_LOW = "confidence_too_low"
    OUTSIDE_SCHEDULE = "outside_schedule"
    NOT_LIVE = "not_live"
    ON_BLACK = "on_black"
    BARRIERS_LOCKED = "barriers_locked"
    STOPPED_BY = "stopped_by"
    ALREADY_TOLD = "already_told"
    COOLING_DOWN = "cooling_down"


def mismatch(rule: Rule, facts: Facts, around: Circumstances) -> Why | None:
    """Why the vehicle is none of the rule's; None when it is one."""
    if not rule.enabled:
        return Why.SWITCHED_OFF
    return (
        _lists(rule, facts)
        or _place(rule, facts)
        or _reading(rule, facts)
        or _time(rule, facts, around)
        or (_barrier(rule, facts) if rule.opens_barrier else None)
    )


def _lists(rule: Rule, facts: Facts) -> Why | None:
    wanted = rule.settings.lists
    if ANY in wanted or (not facts.lists and NONE in wanted):
        return None
    held = [name for name in facts.lists if name in wanted]
    if not held:
        return Why.ON_A_LIST if wanted == (NONE,) else Why.NOT_ON_LIST
    if rule.exact_only and all(_is_fuzzy(name, facts) for name in held):
        return Why.LOOK_ALIKE_ONLY
    return None


def _is_fuzzy(name: str, facts: Facts) -> bool:
    """Whether no entry of the list names the plate itself."""
    return all(hit.how in FUZZY for hit in facts.hits if hit.list == name)


def _place(rule: Rule, facts: Facts) -> Why | None:
    settings = rule.settings
    if settings.cameras and facts.camera_id not in settings.camera_set:
        return Why.WRONG_CAMERA
    if settings.zones and facts.zone not in settings.zones:
        return Why.WRONG_ZONE
    if settings.directions and facts.direction not in settings.directions:
        return Why.WRONG_DIRECTION
    return None


def _reading(rule: Rule, facts: Facts) -> Why | None:
    settings = rule.settings
    if settings.countries and facts.country not in settings.countries:
        return Why.WRONG_COUNTRY
    return Why.CONFIDENCE_TOO_LOW if facts.confidence < settings.min_confidence else None


def _time(rule: Rule, facts: Facts, around: Circumstances) -> Why | None:
    schedule = rule.settings.schedule
    return None if schedule is None or schedule.holds(facts.at, around.zone) else Why.OUTSIDE_SCHEDULE


def _barrier(rule: Rule, facts: Facts) -> Why | None:
    """Black beats white: the rule must say so, or name that black list itself, to open for a plate on it."""
    if facts.origin != Origin.LIVE:
        return Why.NOT_LIVE
    black = {hit.list for hit in facts.hits if hit.kind == "black"}
    if black.difference(rule.settings.lists) and not rule.settings.even_if_black:
        return Why.ON_BLACK
    return None
