"""The order of rules, those that stop others, and what is done once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.messages import Moment
from shared.rules.cool_downs import CoolDowns, Firing, Key
from shared.rules.facts import Circumstances
from shared.rules.round import Round
from shared.testing import NOON
from tests.unit.shared.rules.made_up import UTC, a_rule, facts, hit, outcomes

BOTH = frozenset(Moment)


def test_without_stop_every_rule_that_applies_fires() -> None:
    assert outcomes([a_rule("a"), a_rule("b"), a_rule("c", lists=["none"])], facts()) == ["fired"] * 3


def test_a_rule_with_stop_ends_the_round_where_it_applies() -> None:
    first, second = a_rule("first", lists=["white"], stop=True), a_rule("second")
    assert outcomes([first, second], facts(hit("white"))) == ["fired", "stopped_by"]
    assert outcomes([first, second], facts()) == ["not_on_list", "fired"]


def test_a_rule_that_is_only_held_back_stops_the_others_all_the_same() -> None:
    locked = Circumstances(ZoneInfo("UTC"), barriers_locked=True)
    rules = [a_rule("open", kind="barrier", stop=True), a_rule("alarm for all others")]
    assert outcomes(rules, facts(), locked) == ["barriers_locked", "stopped_by"]
    refused = facts(hit("black"))
    assert outcomes(rules, refused) == ["on_black", "fired"]


def test_what_would_not_have_fired_anyway_says_so_and_not_that_it_was_stopped() -> None:
    rules = [a_rule("first", stop=True), a_rule("second", lists=["black"])]
    assert outcomes(rules, facts()) == ["fired", "not_on_list"]


def test_a_destination_hears_once_a_moment_and_the_first_rule_counts() -> None:
    first = a_rule("first")
    second = replace(a_rule("second"), destination_id=first.destination_id)
    assert outcomes([first, second], facts()) == ["fired", "already_told"]


def test_rules_whose_destination_listens_at_another_moment_are_not_tried() -> None:
    rule = replace(a_rule(), moments=frozenset({Moment.LOST}))
    found = Round(facts(), UTC, CoolDowns())
    found.run([rule], Moment.DETECT)
    assert found.tried == []


def test_what_ended_the_first_round_also_ends_the_last() -> None:
    ahead, first, second = (
        replace(a_rule("ahead"), moments=BOTH),
        a_rule("first", stop=True),
        replace(a_rule("second"), moments=BOTH),
    )
    seen = facts()
    begin = Round(seen, UTC, CoolDowns())
    begin.run([ahead, first, second], Moment.DETECT)
    assert begin.stopped is first
    end = Round(seen, UTC, CoolDowns(), stopped_before=first.rule_id)
    end.run([ahead, first, second], Moment.LOST)
    assert [(one.rule.name, one.why) for one in end.tried] == [("ahead", None), ("second", "stopped_by")]


def test_a_plate_and_its_look_alikes_cool_down_together_and_each_rule_for_itself() -> None:
    cooling, other = a_rule("cooling", cool_down=60), a_rule("other", cool_down=10)
    cool_downs, later = CoolDowns(), NOON + timedelta(seconds=30)
    assert outcomes([cooling, other], facts(plate="AB120DE"), cool_downs=cool_downs) == ["fired", "fired"]
    again = facts(plate="AB12ODE", captured_at=later)
    assert outcomes([cooling, other], again, cool_downs=cool_downs) == ["cooling_down", "fired"]
    assert outcomes([cooling], facts(plate="ZZ99ZZZ", captured_at=later), cool_downs=cool_downs) == ["fired"]


def test_a_passage_does_not_hold_itself_back_when_it_leaves() -> None:
    rule, cool_downs, seen = a_rule(cool_down=60), CoolDowns(), facts()
    assert outcomes([rule], seen, cool_downs=cool_downs) == ["fired"]
    assert outcomes([rule], seen, cool_downs=cool_downs) == ["fired"]


def test_times_of_files_do_not_mix_with_those_of_cameras() -> None:
    rule, cool_downs = a_rule(cool_down=60), CoolDowns()
    assert outcomes([rule], facts(), cool_downs=cool_downs) == ["fired"]
    assert outcomes([rule], facts(origin="file"), cool_downs=cool_downs) == ["fired"]


@given(st.lists(st.integers(0, 600), min_size=1, max_size=40), st.integers(1, 120))
def test_two_firings_are_never_nearer_than_the_cool_down(seconds: list[int], cool_down: int) -> None:
    rule, cool_downs, fired = a_rule(cool_down=cool_down), CoolDowns(), list[int]()
    for second in sorted(seconds):
        seen = facts(captured_at=NOON + timedelta(seconds=second))
        if outcomes([rule], seen, cool_downs=cool_downs) == ["fired"]:
            fired.append(second)
    assert fired[0] == min(seconds)
    assert all(later - earlier >= cool_down for earlier, later in pairwise(fired))
    assert all(any(abs(second - one) < cool_down for one in fired) for second in seconds)


@given(st.lists(st.integers(0, 600), min_size=1, max_size=40))
def test_cool_downs_may_be_forgotten_and_taken_up_again_at_any_time(seconds: list[int]) -> None:
    rule = a_rule(cool_down=50)
    kept, stored = CoolDowns(), dict[Key, Firing]()
    for second in sorted(seconds):
        seen = facts(captured_at=NOON + timedelta(seconds=second))
        fresh = CoolDowns(stored)
        assert outcomes([rule], seen, cool_downs=fresh) == outcomes([rule], seen, cool_downs=kept)
        stored |= fresh.noted


def test_old_firings_are_forgotten_when_they_can_hold_nothing_back() -> None:
    rule, cool_downs = a_rule(cool_down=60), CoolDowns()
    for number in range(10):
        seen = facts(plate=f"AB{number}", captured_at=NOON + timedelta(hours=6 * number), event_id=UUID(int=number))
        outcomes([rule], seen, cool_downs=cool_downs)
    cool_downs.forget_before(NOON + timedelta(hours=54))
    assert {key.plate for key in cool_downs.noted} == {"A86", "A87", "A88", "A89"}
