"""When a delivery is tried again, and when a destination is left in peace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.integrations.engine import backoff
from services.integrations.engine.breaker import OPENS_AFTER, Breaker, Gate
from shared.testing import NOON


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 300), (9, 36000), (50, 36000)])
def test_the_wait_grows_by_the_schedule_and_then_stays(attempts: int, seconds: float) -> None:
    assert backoff.wait(attempts, 0.0) == seconds


@given(st.integers(1, 100), st.floats(-1, 1))
def test_jitter_moves_a_wait_by_a_fifth_at_most(attempts: int, dice: float) -> None:
    base = backoff.base(attempts)

    assert 0.8 * base <= backoff.wait(attempts, dice) <= 1.2 * base + 1e-9


@pytest.mark.parametrize(("wish", "heard"), [(0.0, 15.0), (20.0, 20.0), (86_400.0, 30.0)])
def test_retry_after_is_heard_between_the_base_and_twice_the_base(wish: float, heard: float) -> None:
    assert backoff.wait(3, 0.5, wish) == heard


def broken(failures: int = OPENS_AFTER) -> Breaker:
    breaker = Breaker()
    for _ in range(failures):
        breaker = breaker.failed(NOON, probe=breaker.broken)
    return breaker


def test_four_failures_leave_the_breaker_closed_and_the_fifth_opens_it() -> None:
    assert broken(4).gate(NOON) is Gate.FREE
    assert broken(5).gate(NOON) is Gate.SHUT
    assert broken(5).gate(NOON + timedelta(seconds=30)) is Gate.PROBE


@pytest.mark.parametrize(("failures", "pause"), [(5, 30), (6, 60), (7, 120), (8, 240), (9, 300), (500, 300)])
def test_the_pause_doubles_up_to_five_minutes(failures: int, pause: int) -> None:
    assert broken(failures).open_until == NOON + timedelta(seconds=pause)


def test_tries_that_were_under_way_when_it_opened_do_not_lengthen_the_pause() -> None:
    assert broken().failed(NOON, probe=False) == broken()


def test_nobody_sends_beside_a_probe() -> None:
    later = NOON + timedelta(seconds=31)

    assert broken().probing(later + timedelta(seconds=120)).gate(later) is Gate.SHUT


def test_a_probe_that_told_nothing_may_be_repeated() -> None:
    probing = broken().probing(NOON + timedelta(hours=1))

    assert probing.undecided(probe=True).gate(NOON) is Gate.PROBE
    assert probing.undecided(probe=False) == probing


@given(st.lists(st.sampled_from(["fail", "win", "nothing"])), st.integers(0, 400))
def test_a_success_always_closes_it(story: list[str], step: int) -> None:
    breaker, now = Breaker(), NOON
    for word in story:
        now += timedelta(seconds=step)
        probe = breaker.gate(now) is Gate.PROBE
        turns = {
            "fail": breaker.failed(now, probe=probe),
            "win": breaker.succeeded(),
            "nothing": breaker.undecided(probe=probe),
        }
        breaker = turns[word]
        assert breaker.broken or breaker.gate(now) is Gate.FREE
    assert breaker.succeeded().gate(now) is Gate.FREE
