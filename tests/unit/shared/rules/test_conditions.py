"""Which vehicles a rule is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from shared.messages import ListHit, Origin
from shared.reactions import RuleSettings
from shared.rules.facts import Circumstances
from shared.testing import NOON
from tests.unit.shared.rules.made_up import GATE, UTC, a_rule, facts, hit, outcomes


@pytest.mark.parametrize(
    ("wanted", "held", "expected"),
    [
        (["any"], (), "fired"),
        (["any"], (hit("white"),), "fired"),
        (["none"], (), "fired"),
        (["none"], (hit("white"),), "on_a_list"),
        (["white"], (hit("black"), hit("white")), "fired"),
        (["staff"], (hit("white"),), "not_on_list"),
        (["staff", "white"], (hit("white"),), "fired"),
        (["none", "white"], (), "fired"),
        (["none", "white"], (hit("staff"),), "not_on_list"),
    ],
)
def test_the_lists_decide(wanted: list[str], held: tuple[ListHit, ...], expected: str) -> None:
    assert outcomes([a_rule(lists=wanted)], facts(*held)) == [expected]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"cameras": [GATE]}, "fired"),
        ({"cameras": [uuid4()]}, "wrong_camera"),
        ({"zones": [1, 2]}, "fired"),
        ({"zones": [2]}, "wrong_zone"),
        ({"directions": ["in", "unknown"]}, "fired"),
        ({"directions": ["out"]}, "wrong_direction"),
        ({"countries": ["gbr"]}, "fired"),
        ({"countries": ["UKR"]}, "wrong_country"),
        ({"min_confidence": 0.9}, "fired"),
        ({"min_confidence": 0.91}, "confidence_too_low"),
        ({"schedule": {"periods": [{"days": ["sat"], "start": "12:00", "end": "12:01"}]}}, "fired"),
        ({"schedule": {"periods": [{"days": ["sun"], "start": "00:00", "end": "24:00"}]}}, "outside_schedule"),
    ],
)
def test_each_condition_narrows_it_down(settings: dict[str, Any], expected: str) -> None:
    assert outcomes([a_rule(**settings)], facts(direction="in")) == [expected]


def test_schedules_go_by_the_clocks_of_the_site() -> None:
    rule = a_rule(schedule={"periods": [{"days": ["sat"], "start": "12:00", "end": "13:00"}]})
    assert outcomes([rule], facts(captured_at=NOON), Circumstances(ZoneInfo("Europe/Kyiv"))) == ["outside_schedule"]
    two_earlier = facts(captured_at=NOON - timedelta(hours=2))
    assert outcomes([rule], two_earlier, Circumstances(ZoneInfo("Europe/Kyiv"))) == ["fired"]


@pytest.mark.parametrize(
    ("kind", "exact_only", "how", "expected"),
    [
        ("json_http", None, "look_alike", "fired"),
        ("json_http", True, "look_alike", "look_alike_only"),
        ("json_http", True, "one_off", "look_alike_only"),
        ("json_http", True, "pattern", "fired"),
        ("barrier", None, "exact", "fired"),
        ("barrier", None, "look_alike", "look_alike_only"),
        ("barrier", False, "one_off", "fired"),
    ],
)
def test_a_barrier_opens_for_exact_hits_unless_its_rule_says_otherwise(
    kind: str, exact_only: bool | None, how: str, expected: str
) -> None:
    rule = a_rule(kind=kind, lists=["white"], exact_only=exact_only)
    assert outcomes([rule], facts(hit("white", how))) == [expected]


def test_an_exact_hit_beside_a_look_alike_one_is_good_enough() -> None:
    rule = a_rule(lists=["white"], exact_only=True)
    assert outcomes([rule], facts(hit("white", "look_alike"), hit("white"))) == ["fired"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"lists": ["white"]}, "on_black"),
        ({"lists": ["any"]}, "on_black"),
        ({"lists": ["white"], "even_if_black": True}, "fired"),
        ({"lists": ["white", "black"]}, "fired"),
    ],
)
def test_black_beats_white_at_a_barrier(settings: dict[str, Any], expected: str) -> None:
    both = facts(hit("black"), hit("white"))
    assert outcomes([a_rule(kind="barrier", **settings)], both) == [expected]
    assert outcomes([a_rule(kind="json_http", **settings)], both) == ["fired"]


def test_even_a_look_alike_of_a_black_entry_keeps_the_barrier_shut() -> None:
    rule = a_rule(kind="barrier", lists=["white"])
    assert outcomes([rule], facts(hit("black", "look_alike"), hit("white"))) == ["on_black"]


@pytest.mark.parametrize("origin", [Origin.FILE, Origin.UPLOAD])
def test_only_live_cameras_open_barriers(origin: Origin) -> None:
    seen = facts(hit("white"), origin=origin)
    assert outcomes([a_rule(kind="barrier"), a_rule()], seen) == ["not_live", "fired"]


def test_the_kill_switch_holds_barriers_and_nothing_else() -> None:
    locked = Circumstances(ZoneInfo("UTC"), barriers_locked=True)
    rules = [a_rule(kind="barrier"), a_rule()]
    assert outcomes(rules, facts(), locked) == ["barriers_locked", "fired"]
    assert outcomes(rules, facts(), UTC) == ["fired", "fired"]


def test_a_rule_that_is_switched_off_says_so() -> None:
    assert outcomes([replace(a_rule(), enabled=False)], facts()) == ["switched_off"]


def test_rules_of_before_that_name_one_list_keep_working() -> None:
    old = {"list": "white", "cameras": [], "directions": ["in"], "min_confidence": 0.5}
    assert RuleSettings.model_validate(old) == RuleSettings.model_validate(
        {"lists": ["white"], "directions": ["in"], "min_confidence": 0.5}
    )
