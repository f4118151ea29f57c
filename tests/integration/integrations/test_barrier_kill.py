"""A barrier's workers are killed by SIGKILL wherever they can be: no order ever gives two pulses."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.integrations.engine import commands
from shared.clock import now
from shared.testing import Site
from tests.integration.integrations.gate import CALM, Gate
from tests.simulators.http_relay import HttpRelay
from tests.simulators.modbus_relay import ModbusRelay

FORKS = Path(__file__).with_name("barrier_forks.py")
KILLED, ROUNDS = -9, 200


class Forks:
    """The process that forks workers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def begin(self, **asked: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"turns": 1} | asked) + "\n")
        self.process.stdin.flush()

    def ended(self) -> dict[str, int]:
        assert self.process.stdout
        answer: dict[str, int] = json.loads(self.process.stdout.readline())
        return answer

    def is_stopped(self) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == "stopped\n"

    def goes_on(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()

    def run(self, **asked: Any) -> dict[str, int]:
        self.begin(**asked)
        return self.ended()


@contextmanager
def forks(gate: Gate, environment: dict[str, str]) -> Iterator[Forks]:
    command = [sys.executable, str(FORKS), str(gate.destination_id)]
    place = {"PYTHONPATH": str(Path(__file__).parents[3])}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(command, env=environment | place, text=True, **pipes)
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Forks(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def relay() -> Iterator[HttpRelay]:
    with HttpRelay(seconds=0.05) as running:
        yield running


def web_gate(site: Site, relay: HttpRelay, **settings: Any) -> Gate:
    terms = CALM | {"on_url": f"{relay.url}/on/{{command_id}}", "deadline": 10, "timeout": 5} | settings
    return Gate.add(site, driver="http", **terms)


FRESH = -3600.0
"""Age of an order that outlives any slowness of the machine: what is tried is who takes it."""


def check(gate: Gate, relay: HttpRelay) -> Counter[tuple[str, int]]:
    """Every order ended, at most one pulse each, and what is written down is true; how many of which."""
    assert max(relay.pulses.values()) == 1
    found = Counter((row.state, relay.pulses[str(row.id)]) for row in gate.rows())
    assert set(found) <= {("done", 1), ("unknown", 1), ("unknown", 0)}, found
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_worker_that_is_killed_at_two_hundred_places_of_an_order_never_gives_two_pulses(
    site: Site, environment: dict[str, str], relay: HttpRelay
) -> None:
    gate = web_gate(site, relay)
    gate.order(age=FRESH)
    with forks(gate, environment) as workers:
        gate.order(age=FRESH)
        whole = workers.run(count=True)["calls"]
        assert whole > ROUNDS
        killed = 0
        for number in range(ROUNDS):
            gate.order(age=FRESH)
            # Each round's worker is also the successor of the one before: it takes what that one left.
            killed += workers.run(calls=1 + number * whole // ROUNDS)["status"] == KILLED
        assert killed > ROUNDS * 0.9
        gate.order(age=FRESH)
        workers.run(turns=ROUNDS)
        gate.let_leases_end()
        commands.sweep(site.engine, "barrier")
        workers.run(turns=3)
    found = check(gate, relay)
    assert found["done", 1] > 20
    assert found["unknown", 0] > 10
    assert found["unknown", 1] > 10


AFTER_THE_COMMIT = ("call", "drive")
BEFORE_THE_RELAY, AFTER_THE_RELAY = ("call", "pulse"), ("return", "pulse")
BEFORE_THE_RESULT = ("call", "finish")


def test_a_crash_between_sent_and_the_result_leaves_it_unknown_and_nobody_tries_again(
    site: Site, environment: dict[str, str], relay: HttpRelay
) -> None:
    gate = web_gate(site, relay)
    gate.order()
    with forks(gate, environment) as workers:
        for at, pulses in (
            (AFTER_THE_COMMIT, 0),
            (BEFORE_THE_RELAY, 0),
            (AFTER_THE_RELAY, 1),
            (BEFORE_THE_RESULT, 1),
        ):
            order = gate.order()
            assert workers.run(at=list(at))["status"] == KILLED
            row = gate.row(order)
            assert (row.state, row.attempts, row.sent_at is not None) == ("sent", 1, True)
            workers.run(turns=3)
            assert gate.row(order).state == "sent"
            gate.let_leases_end()
            assert commands.sweep(site.engine, "barrier") == (0, 1)
            workers.run(turns=3)
            row = gate.row(order)
            assert (row.state, row.result) == ("unknown", commands.LOST_WORKER)
            assert relay.pulses[str(order)] == pulses


def test_a_crash_before_sent_loses_nothing(site: Site, environment: dict[str, str], relay: HttpRelay) -> None:
    gate = web_gate(site, relay)
    gate.order()
    with forks(gate, environment) as workers:
        for at in (("call", "take"), ("call", "_send")):
            order = gate.order()
            assert workers.run(at=list(at))["status"] == KILLED
            assert gate.row(order).state == "new"
            assert workers.run()["status"] == 0
            assert (gate.row(order).state, relay.pulses[str(order)]) == ("done", 1)


def test_a_worker_that_is_stopped_after_the_commit_and_goes_on_after_the_deadline_opens_nothing(
    site: Site, environment: dict[str, str], relay: HttpRelay
) -> None:
    gate = web_gate(site, relay, deadline=1)
    gate.order()
    with forks(gate, environment) as workers:
        order = gate.order()
        workers.begin(at=["return", "take"], signal="SIGSTOP")
        workers.is_stopped()
        row = gate.row(order)
        assert row.state == "sent"
        while row.expires_at > now():
            time.sleep(0.05)
        workers.goes_on()
        assert workers.ended()["status"] == 0
    assert (gate.row(order).state, relay.pulses[str(order)]) == ("expired", 0)


def test_a_worker_that_is_stopped_at_its_relay_is_taken_for_dead_and_its_late_answer_counts(
    site: Site, environment: dict[str, str], relay: HttpRelay
) -> None:
    gate = web_gate(site, relay)
    gate.order()
    with forks(gate, environment) as workers, forks(gate, environment) as others:
        order = gate.order()
        workers.begin(at=["return", "pulse"], signal="SIGSTOP")
        workers.is_stopped()
        gate.let_leases_end()
        assert commands.sweep(site.engine, "barrier") == (0, 1)
        others.run(turns=3)
        assert (gate.row(order).state, relay.pulses[str(order)]) == ("unknown", 1)
        workers.goes_on()
        assert workers.ended()["status"] == 0
    assert (gate.row(order).state, relay.pulses[str(order)]) == ("done", 1)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_workers_at_once_give_each_of_a_thousand_orders_one_pulse(
    site: Site, environment: dict[str, str], relay: HttpRelay
) -> None:
    gate = web_gate(site, relay)
    gate.order()
    gate.order()
    with forks(gate, environment) as one, forks(gate, environment) as other:
        # Young for as long as a slow machine needs: what is tried here is who takes them.
        gate.sql(
            "INSERT INTO commands (id, destination_id, actor, reason, seen_at, issued_at, expires_at) "
            "SELECT gen_random_uuid(), :gate, 'test', 'many', now() + interval '1 hour', now(), now() + interval '2 h' "
            "FROM generate_series(1, 1000)",
            gate=gate.destination_id,
        )
        for workers in (one, other):
            workers.begin(turns=1000)
        turns = [workers.ended() for workers in (one, other)]
    assert [turn["status"] for turn in turns] == [0, 0]
    assert gate.states() == {"done": 1002}
    assert len(relay.pulses) == 1002
    assert set(relay.pulses.values()) == {1}


@pytest.mark.slow
def test_a_relay_that_was_on_when_its_worker_was_killed_is_switched_off_by_the_next_start(
    site: Site, environment: dict[str, str], start_worker: Any
) -> None:
    with ModbusRelay() as board:
        gate = Gate.add(site, driver="modbus", host="127.0.0.1", port=board.port, pulse=15, deadline=10, **CALM)
        command = [sys.executable, "-m", "services.integrations", "barrier"]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=environment, **quiet)
        try:
            # It begins by switching off; an order that came before would be cut short.
            while not board.frames:
                assert process.poll() is None
            order = gate.order()
            board.relay.wait(True)
            assert gate.row(order).state == "sent"
        finally:
            process.kill()
            process.wait()
        assert board.relay.on
        start_worker("barrier")
        board.relay.wait(False)
        assert board.relay.rises == 1
        gate.let_leases_end()
        assert gate.becomes(order, "unknown").result == commands.LOST_WORKER
