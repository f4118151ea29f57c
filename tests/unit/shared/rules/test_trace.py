"""What is kept of a round, and in which words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.messages import Alternative, Event, Moment
from shared.rules.conditions import Why
from shared.rules.cool_downs import CoolDowns
from shared.rules.facts import Circumstances, Facts
from shared.rules.round import Round
from shared.rules.rule import Rule
from shared.rules.trace import MOST_BYTES, ReadingTrace, RoundTrace, opened, stored, trace
from shared.testing import NOON
from tests.unit.shared.rules.made_up import UTC, a_rule, an_event, hit

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=64)


def traced(event: Event, rules: list[Rule], around: Circumstances = UTC) -> RoundTrace:
    found = Round(Facts.of_event(event), around, CoolDowns())
    found.run(rules, Moment.DETECT)
    readings = [ReadingTrace(text="AB12CDE", reads=7, share=0.9)]
    return trace(found, event, readings, Moment.DETECT, NOON)


def test_every_reason_has_a_sentence_with_the_values_that_decided() -> None:
    first = a_rule("first", cool_down=60)
    rules = [
        first,
        replace(a_rule("twin"), destination_id=first.destination_id),
        replace(a_rule("off"), enabled=False),
        a_rule("lists", lists=["staff"]),
        a_rule("none", lists=["none"]),
        a_rule("exact", lists=["white"], exact_only=True),
        a_rule("camera", cameras=["00000000-0000-0000-0000-000000000009"]),
        a_rule("zone", zones=[2, 3]),
        a_rule("way", directions=["out"]),
        a_rule("country", countries=["UKR"]),
        a_rule("sure", min_confidence=0.95),
        a_rule("week", schedule={"periods": [{"days": ["sun"], "start": "08:00", "end": "18:00"}]}),
        a_rule("black", kind="barrier"),
        a_rule("locked", kind="barrier", even_if_black=True),
        a_rule("stopper", stop=True),
        a_rule("stopped"),
    ]
    event = an_event(hit("black"), hit("white", "look_alike", "AB12C0E"))
    said = traced(event, rules, Circumstances(ZoneInfo("Europe/Kyiv"), barriers_locked=True))
    sentences = {rule.name: rule.sentence for rule in said.rules}
    assert sentences == {
        "first": "Fired: first's destination is told",
        "twin": "Rule first told twin's destination of this vehicle already",
        "off": "The rule or its destination off's destination is switched off",
        "lists": "The plate is on black, white, the rule wants staff",
        "none": "The rule wants plates on no list, this one is on black, white",
        "exact": "AB12CDE only looks like AB12C0E on white, and the rule wants exact hits",
        "camera": "The rule is for other cameras",
        "zone": "The vehicle was in zone 1, the rule is for 2, 3",
        "way": "The vehicle's direction is unknown, the rule wants out",
        "country": "The plate's country is GBR, the rule wants UKR",
        "sure": "The reading is 0.900 sure, the rule wants 0.950",
        "week": "The vehicle came on Saturday at 14:00 (Europe/Kyiv), outside the rule's schedule",
        "black": "The plate is also on black, and black beats white",
        "locked": "All barriers of the site are locked",
        "stopper": "Fired: stopper's destination is told",
        "stopped": "Rule stopper came first and lets no later rule fire",
    }
    assert {rule.why for rule in said.rules if rule.why} == set(Why) - {Why.COOLING_DOWN, Why.NOT_LIVE}


def test_of_the_reasons_cooling_down_says_until_when_and_files_say_that_they_are_no_camera() -> None:
    rule, cool_downs = a_rule("door", cool_down=90), CoolDowns()
    for seconds, event in ((0, an_event()), (30, an_event(captured_at=NOON + timedelta(seconds=30)))):
        found = Round(Facts.of_event(event), UTC, cool_downs)
        found.run([rule], Moment.DETECT)
        kept = trace(found, event, [], Moment.DETECT, NOON + timedelta(seconds=seconds))
    assert kept.rules[0].sentence == "It fired for this plate at 12:00:00 already and waits 90 s, until 12:01:30"
    from_file = traced(an_event(origin="file"), [a_rule(kind="barrier")])
    assert from_file.rules[0].sentence == "Only live cameras open barriers, this came from a file"


def test_a_round_is_the_same_after_its_way_through_the_column() -> None:
    said = traced(an_event(hit("white")), [a_rule("a"), a_rule("b", lists=["black"])])
    lost = said.model_copy(update={"moment": Moment.LOST})
    column = json.loads(json.dumps(stored([said]) | stored([lost])))
    assert opened(column) == [said, lost]
    assert opened(None) == []


@given(st.lists(NAMES, min_size=1, max_size=60), NAMES, st.integers(0, 30))
def test_a_trace_is_bounded_and_what_fired_stays_in_it(names: list[str], listed: str, hits: int) -> None:
    event = an_event(*[hit(listed, "pattern", "?" * 16)] * hits).model_copy(
        update={"alternatives": tuple(Alternative(text="W" * 16, country="UKR", margin=9.999) for _ in range(20))}
    )
    misses = [a_rule(name, lists=[f"{name}?"]) for name in names]
    last = a_rule("the one that fires")
    said = traced(event, [*misses, last])
    column = stored([said, said.model_copy(update={"moment": Moment.LOST})])
    assert len(json.dumps(column, ensure_ascii=False, separators=(",", ":")).encode()) <= 2 * MOST_BYTES + 100
    assert said.rules[-1].rule_id == last.rule_id
    assert said.rules[-1].fired
    assert len(said.rules) + sum(said.more.values()) == len(names) + 1
