"""The gatekeeper: what it lets through, what it holds, and what it writes down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, update

from services.integrations.engine import commands, hindrances
from services.integrations.engine.commands import Ending, Taken
from services.integrations.engine.gatekeeper import Gatekeeper
from services.integrations.engine.patience import AWAY
from shared import site as site_settings
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Destination
from shared.errors import NotSent, Reject, Retry
from shared.integration import Commands, Order, Receipt, Terms
from shared.messages import CommandState
from shared.testing import Site
from simulators.web_device import Misbehaviour
from tests.integration.integrations.gate import CALM, Gate, skewed
from tests.simulators.http_relay import HttpRelay

Until = Callable[..., None]


@pytest.fixture
def relay() -> Iterator[HttpRelay]:
    with HttpRelay(seconds=0.05) as running:
        yield running


def web_gate(site: Site, relay: HttpRelay, **settings: Any) -> Gate:
    return Gate.add(site, driver="http", on_url=f"{relay.url}/on/{{command_id}}", **(CALM | settings))


def test_an_order_is_sent_before_the_relay_is_touched_and_done_afterwards(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    before: list[str] = []
    relay.plan.append(Misbehaviour("200", "after"))
    answer = relay.answer

    def looking(request: Any) -> Any:
        before.append(gate.row(order).state)
        return answer(request)

    relay.answer = looking  # type: ignore[method-assign]
    assert gate.gatekeeper().turn()
    row = gate.row(order)
    assert (before, row.state, row.attempts) == (["sent"], "done", 1)
    assert row.sent_at
    assert row.acted_at
    assert row.finished_at
    assert row.sent_at <= row.acted_at <= row.finished_at
    assert relay.pulses == {str(order): 1}
    assert not gate.gatekeeper().turn()


@pytest.mark.parametrize(("age", "deadline", "state"), [(6, 5, "expired"), (3, 5, "done"), (3, 2, "expired")])
def test_an_order_that_is_too_old_is_never_carried_out(
    site: Site, relay: HttpRelay, age: float, deadline: float, state: str
) -> None:
    gate = web_gate(site, relay, deadline=deadline)
    order = gate.order(age=age)
    gate.gatekeeper().turn()
    row = gate.row(order)
    assert (row.state, relay.relay.rises) == (state, int(state == "done"))
    assert row.expires_at - row.seen_at == timedelta(seconds=deadline)


def test_a_command_that_waited_while_its_worker_was_paused_is_expired_in_the_ledger(
    site: Site, relay: HttpRelay
) -> None:
    gate = web_gate(site, relay)
    orders = [gate.order(age=age) for age in (11, 60, 3600)]
    assert commands.sweep(site.engine, "barrier") == (3, 0)
    assert gate.states() == {"expired": 3}
    assert gate.row(orders[0]).result == "Not opened in time"
    gate.gatekeeper().turn()
    assert relay.requests == []


def test_an_order_from_before_the_databases_clock_was_set_back_is_not_revived(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    ahead = now() + timedelta(hours=1)
    order = gate.order(issued_at=ahead, seen_at=ahead, expires_at=ahead + timedelta(seconds=10))
    gate.gatekeeper().turn()
    assert (gate.row(order).state, relay.requests) == ("expired", [])


@pytest.mark.parametrize(("seconds", "state"), [(-30, "refused"), (5, "refused"), (0.3, "done"), (-0.3, "done")])
def test_a_machine_whose_clock_differs_opens_nothing(site: Site, relay: HttpRelay, seconds: float, state: str) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    gate.gatekeeper(clock=skewed(seconds)).turn()
    row = gate.row(order)
    assert row.state == state
    if state == "refused":
        way = "behind" if seconds < 0 else "ahead of"
        assert f"{way} the database's: set the clocks right" in row.result
        assert relay.requests == []


def test_locked_barriers_stay_shut_also_for_orders_that_wait_already(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    first = gate.order()
    gate.lock()
    by_hand = gate.order(event_id=None, event=None, skeleton="", actor="user:olena", reason="Visitor")
    keeper = gate.gatekeeper()
    assert not keeper.turn()
    keeper.turn()
    for order in (first, by_hand):
        assert (gate.row(order).state, gate.row(order).result) == (
            "refused",
            "All barriers of the site are locked: Fire drill",
        )
    assert relay.requests == []
    gate.lock(False)
    assert gate.gatekeeper().turn() is False
    later = gate.order()
    gate.gatekeeper().turn()
    assert gate.row(later).state == "done"


def test_a_lock_that_is_set_in_the_middle_of_taking_an_order_waits_for_it_or_stops_it(
    site: Site, relay: HttpRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    asked, locked = threading.Event(), threading.Event()
    judge = hindrances.hindrance

    def lock() -> None:
        asked.wait(10)
        gate.lock()
        locked.set()

    def slowly(*given: Any) -> Any:
        found = judge(*given)
        asked.set()
        # The switch cannot be thrown between the judgement and the commit.
        assert not locked.wait(0.5)
        return found

    monkeypatch.setattr(commands, "hindrance", slowly)
    other = threading.Thread(target=lock)
    other.start()
    gate.gatekeeper().turn()
    other.join(10)
    assert locked.is_set()
    assert gate.row(order).state == "done"
    monkeypatch.setattr(commands, "hindrance", judge)
    late = gate.order()
    gate.gatekeeper().turn()
    assert gate.row(late).state == "refused"


def test_the_last_statement_itself_sees_a_lock(site: Site, relay: HttpRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    monkeypatch.setattr(commands, "hindrance", lambda *_: None)
    gate.lock()
    assert not gate.gatekeeper().turn()
    assert (gate.row(order).state, relay.requests) == ("new", [])


def test_one_plate_opens_once_within_the_cool_down_however_it_was_read(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay, cool_down=60)
    orders = [gate.order(plate) for plate in ("AB1200", "AB12OO", "KE1234XX")]
    keeper = gate.gatekeeper()
    for _ in orders:
        keeper.turn()
    assert [gate.row(order).state for order in orders] == ["done", "refused", "done"]
    assert gate.row(orders[1]).result == "It opened for this plate less than 60 s ago"
    assert len(relay.pulses) == 2


def test_a_cool_down_does_not_count_what_certainly_did_not_open(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay, cool_down=60)
    relay.plan.append(Misbehaviour("404"))
    orders = [gate.order(), gate.order()]
    keeper = gate.gatekeeper()
    keeper.turn()
    keeper.turn()
    assert [gate.row(order).state for order in orders] == ["failed", "done"]


def test_the_next_vehicle_waits_for_the_pause_and_is_let_in_then(site: Site, relay: HttpRelay, until: Until) -> None:
    gate = web_gate(site, relay, pause=1.5, deadline=10)
    orders = [gate.order("AA1234BB"), gate.order("KE1234XX")]
    keeper = gate.gatekeeper()
    assert keeper.turn()
    assert not keeper.turn()
    assert (gate.row(orders[1]).state, gate.row(orders[1]).result) == ("new", "It waits 1.5 s between two orders")
    until(keeper.turn, "the second order is let through")
    first, second = (gate.row(order) for order in orders)
    assert second.sent_at
    assert first.sent_at
    assert second.sent_at - first.sent_at >= timedelta(seconds=1.5)
    assert second.state == "done"


def test_two_barriers_of_one_interlock_are_never_open_together(site: Site, relay: HttpRelay, until: Until) -> None:
    lock: dict[str, Any] = {"interlock": "lock 1", "open_seconds": 1.5, "deadline": 10}
    outer, inner = web_gate(site, relay, **lock), web_gate(site, relay, **lock)
    free = web_gate(site, relay, interlock="lock 2")
    first, second, third = outer.order(), inner.order(), free.order()
    assert outer.gatekeeper().turn()
    keeper = inner.gatekeeper()
    assert not keeper.turn()
    assert "may still be open, and only one of lock 1 may be" in inner.row(second).result
    assert free.gatekeeper().turn()
    until(keeper.turn, "the inner barrier is let open")
    one, other = outer.row(first), inner.row(second)
    assert one.holds_until
    assert other.sent_at
    assert other.sent_at >= one.holds_until
    assert free.row(third).state == "done"


def test_two_workers_that_ask_for_both_barriers_of_a_lock_at_once_open_one(site: Site, relay: HttpRelay) -> None:
    for _ in range(8):
        group = f"lock {uuid4()}"
        gates = [web_gate(site, relay, interlock=group) for _ in range(2)]
        orders = [gate.order() for gate in gates]
        start = threading.Barrier(2)

        def turn(gate: Gate, start: threading.Barrier = start) -> None:
            keeper = gate.gatekeeper()
            start.wait(10)
            keeper.turn()

        threads = [threading.Thread(target=turn, args=(gate,)) for gate in gates]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(gate.row(order).state for gate, order in zip(gates, orders, strict=True)) == ["done", "new"]


def test_an_interlock_that_lasts_too_long_expires_the_order_and_says_why(site: Site, relay: HttpRelay) -> None:
    lock: dict[str, Any] = {"interlock": "lock 1", "open_seconds": 60}
    outer, inner = web_gate(site, relay, **lock), web_gate(site, relay, **lock)
    outer.order()
    outer.gatekeeper().turn()
    order = inner.order()
    inner.gatekeeper().turn()
    inner.sql("UPDATE commands SET seen_at = seen_at - interval '6 s' WHERE id = :id", id=order)
    inner.gatekeeper().turn()
    row = inner.row(order)
    assert row.state == "expired"
    assert row.result.startswith("Not opened in time: Gate ")


def driven(gate: Gate, *outcomes: Exception | str, watched: bool | Exception | None = None) -> Gatekeeper:
    """A gatekeeper whose driver does as it is told."""
    todo = list(outcomes)

    def drive(order: Order, settings: Any) -> Receipt:
        outcome = todo.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return Receipt(answer=outcome)

    def watch(destination_id: Any, settings: Any) -> bool:
        if isinstance(watched, Exception):
            raise watched
        return bool(watched)

    terms = Terms(deadline=5, longest=30, watched=0.5 if watched is not None else 0)
    keeper = gate.gatekeeper()
    keeper.integration = replace(keeper.integration, commands=Commands(drive, lambda _: terms, watch))
    return keeper


def test_what_certainly_did_not_reach_the_relay_is_tried_again_and_judged_anew(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    keeper = driven(gate, NotSent("refused"), NotSent("refused"), "opened")
    keeper.turn()
    assert (gate.row(order).state, gate.row(order).result, gate.row(order).sent_at) == ("new", "refused", None)
    keeper.turn()
    keeper.turn()
    assert (gate.row(order).state, gate.row(order).attempts) == ("done", 3)


def test_after_three_tries_or_the_deadline_it_has_failed(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    keeper = driven(gate, *[NotSent("refused")] * 5)
    for _ in range(5):
        keeper.turn()
    assert (gate.row(order).state, gate.row(order).attempts, gate.row(order).result) == ("failed", 3, "refused")

    late = gate.order()
    keeper = driven(gate, NotSent("refused"), "opened")
    keeper.turn()
    gate.sql("UPDATE commands SET seen_at = seen_at - interval '6 s' WHERE id = :id", id=late)
    keeper.turn()
    assert (gate.row(late).state, gate.row(late).result) == ("expired", "Not opened in time: refused")


def test_a_lock_holds_also_between_two_tries(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    keeper = driven(gate, NotSent("refused"), "opened")
    keeper.turn()
    gate.lock()
    keeper.turn()
    assert gate.row(order).state == "refused"


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (Reject("wrong number"), "failed", "wrong number"),
        (Retry("no answer"), "unknown", "Nobody can tell whether it opened: no answer"),
        (ValueError("x"), "unknown", "Nobody can tell whether it opened: fault in the integration, ValueError"),
    ],
)
def test_everything_else_ends_it_after_one_try(
    site: Site, relay: HttpRelay, error: Exception, state: str, said: str
) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    keeper = driven(gate, error, "opened")
    keeper.turn()
    keeper.turn()
    assert (gate.row(order).state, gate.row(order).result) == (state, said)
    with transaction(site.engine) as session:
        assert session.get_one(Destination, gate.destination_id).last_error == said


def test_a_worker_that_was_held_up_between_commit_and_relay_does_not_open_late(
    site: Site, relay: HttpRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    take = commands.take

    def stopped_for_long(*given: Any) -> Taken | None:
        taken = take(*given)
        return replace(taken, seconds_left=-55.0) if taken else None

    monkeypatch.setattr(commands, "take", stopped_for_long)
    gate.gatekeeper().turn()
    row = gate.row(order)
    assert (row.state, row.result, relay.requests) == ("expired", "Not opened in time: the worker was held up", [])


def test_a_late_answer_of_a_worker_that_was_taken_for_dead_still_counts(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    taken = take_one(gate)
    gate.let_leases_end()
    assert commands.sweep(site.engine, "barrier") == (0, 1)
    assert gate.row(order).state == "unknown"
    commands.give_back(site.engine, taken, "too late for that")
    assert gate.row(order).state == "unknown"
    commands.finish(site.engine, replace(taken, worker=uuid4()), Ending(CommandState.FAILED, "somebody else"))
    assert gate.row(order).state == "unknown"
    commands.finish(site.engine, taken, Ending(CommandState.DONE, "opened", 0.0))
    assert gate.row(order).state == "done"


def take_one(gate: Gate) -> Taken:
    taken = commands.take(gate.site.engine, gate.destination_id, 1, Terms(deadline=5, longest=30), now)
    assert taken
    return taken


@pytest.mark.parametrize(
    ("watched", "state", "said"),
    [
        (True, "confirmed", "opened"),
        (False, "done", "opened; nothing moved within 0.5 s"),
        (Retry("the camera is away"), "done", "opened; not confirmed: the camera is away"),
        (KeyError("x"), "done", "opened; not confirmed: fault in the integration, KeyError"),
    ],
)
def test_what_moves_confirms_an_order(
    site: Site, relay: HttpRelay, until: Until, watched: Any, state: str, said: str
) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    driven(gate, "opened", watched=watched).turn()
    until(lambda: gate.row(order).result == said and gate.row(order).state == state, f"{state}: {said}")


def test_what_moves_confirms_also_an_order_of_which_nobody_could_tell(
    site: Site, relay: HttpRelay, until: Until
) -> None:
    gate = web_gate(site, relay)
    order = gate.order()
    driven(gate, Retry("no answer"), watched=True).turn()
    assert gate.becomes(order, "confirmed").result == "Nobody can tell whether it opened: no answer"


@pytest.mark.parametrize(("error", "state"), [(Reject("wrong number"), "failed"), (NotSent("refused"), "new")])
def test_what_certainly_did_not_open_is_not_confirmed_by_a_gate_that_stands_open(
    site: Site, relay: HttpRelay, until: Until, error: Exception, state: str
) -> None:
    gate = web_gate(site, relay)
    order, looked = gate.order(), threading.Event()

    def slow(order: Order, settings: Any) -> Receipt:
        assert looked.wait(10)
        raise error

    def watch(destination_id: Any, settings: Any) -> bool:
        looked.set()
        return True

    keeper = gate.gatekeeper()
    terms = Terms(deadline=5, longest=30, watched=5)
    keeper.integration = replace(keeper.integration, commands=Commands(slow, lambda _: terms, watch))
    keeper.turn()
    name = f"{gate.destination_id}/watch"
    until(lambda: name not in {thread.name for thread in threading.enumerate()}, "the watch ends")
    assert gate.row(order).state == state


def test_settings_that_do_not_fit_and_barriers_that_are_switched_off_open_nothing(site: Site, relay: HttpRelay) -> None:
    gate = Gate.add(site, driver="telepathy")
    order = gate.order()
    assert not gate.gatekeeper().turn()
    assert gate.row(order).state == "new"
    with transaction(site.engine) as session:
        assert "settings are not valid: driver" in session.get_one(Destination, gate.destination_id).last_error
    off = web_gate(site, relay)
    off.order()
    with transaction(site.engine) as session:
        session.execute(update(Destination).where(Destination.id == off.destination_id).values(enabled=False))
    assert not off.gatekeeper().turn()
    assert relay.requests == []


def test_settings_that_change_after_they_were_read_are_read_again(site: Site, relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    gate.order()
    terms = Terms(deadline=5, longest=30)
    assert commands.take(site.engine, gate.destination_id, 2, terms, now) is None
    assert gate.states() == {"new": 1}


def test_while_the_database_is_away_nothing_opens_and_nothing_ends(
    site: Site, relay: HttpRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit of `sent` may have arrived although its answer did not: then nobody opens."""
    gate = web_gate(site, relay)
    order = gate.order()
    take = commands.take

    def committed_and_cut_off(engine: Engine, *given: Any) -> Taken | None:
        assert take(engine, *given)
        raise AWAY[0]("", None, Exception("cut off"))

    monkeypatch.setattr(commands, "take", committed_and_cut_off)
    with pytest.raises(AWAY):
        gate.gatekeeper().turn()
    monkeypatch.setattr(commands, "take", take)
    assert not gate.gatekeeper().turn()
    assert (gate.row(order).state, relay.requests) == ("sent", [])


def test_a_running_worker_opens_at_a_hint_and_ends_what_nobody_carried_out(
    site: Site, relay: HttpRelay, start_worker: Any, until: Until
) -> None:
    gate = web_gate(site, relay)
    stale = gate.order(age=30)
    lost = gate.order()
    take_one(gate)
    gate.let_leases_end()
    start_worker("barrier")
    assert gate.end(gate.order()).state == "done"
    assert gate.becomes(stale, "expired")
    assert gate.becomes(lost, "unknown")
    until(lambda: gate.states() == {"done": 1, "expired": 1, "unknown": 1}, "all have ended")


def test_the_switch_has_a_row_from_the_start(site: Site) -> None:
    """Or the first to throw it would not wait for a worker that is about to open."""
    with transaction(site.engine) as session:
        assert site_settings.load(session, site_settings.BarriersLocked).value is False
    gate = Gate(site, uuid4())
    gate.sql("DO $$ BEGIN ASSERT EXISTS (SELECT FROM settings WHERE name = 'barriers_locked'); END $$")
