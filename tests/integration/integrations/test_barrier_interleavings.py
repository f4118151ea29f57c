"""Whatever workers, clocks and people do to orders in whatever order: one pulse at most, and no lie in the ledger."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.integrations.engine import commands
from services.integrations.engine.commands import Ending, Taken
from shared.clock import now
from shared.integration import Terms
from shared.messages import CommandState
from shared.testing import Site
from tests.integration.integrations.gate import Gate

TERMS = Terms(deadline=10, longest=30)
STEPS = ("order", "take", "take", "pulse", "nothing", "die", "done", "no answer", "sweep", "lock", "unlock", "grow old")


class Yard:
    """Workers that hold orders, and what their relay did."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.engine = gate, gate.site.engine
        self.pulses: Counter[UUID] = Counter()
        self.held: list[Taken] = []
        self.acted: list[Taken] = []

    def step(self, what: str) -> None:
        if what == "order":
            self.gate.order()
        elif what == "take":
            self._take()
        elif what in {"lock", "unlock"}:
            self.gate.lock(what == "lock")
        elif what == "sweep":
            self.gate.let_leases_end()
            commands.sweep(self.engine, "barrier")
        elif what == "grow old":
            self.gate.sql("UPDATE commands SET seen_at = seen_at - interval '1 h' WHERE state = 'new'")
        else:
            self._work(what)

    def _take(self) -> None:
        taken = commands.take(self.engine, self.gate.destination_id, 1, TERMS, now)
        self.held += [taken] if taken else []

    def _work(self, what: str) -> None:
        """The oldest worker goes on: before its relay, or after."""
        if what in {"pulse", "nothing", "die"} and self.held:
            taken = self.held.pop(0)
            if what == "pulse":
                self.pulses[taken.command_id] += 1
                self.acted.append(taken)
            elif what == "nothing":
                commands.give_back(self.engine, taken, "no connection")
        elif what in {"done", "no answer"} and self.acted:
            state = CommandState.DONE if what == "done" else CommandState.UNKNOWN
            commands.finish(self.engine, self.acted.pop(0), Ending(state, what))


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=8, max_size=30))
def test_no_interleaving_gives_two_pulses_or_a_false_word(site: Site, steps: list[str]) -> None:
    yard = Yard(Gate.add(site, driver="gpio"))
    yard.gate.lock(False)
    for what in ("order", *steps):
        yard.step(what)
    for row in yard.gate.rows():
        count = yard.pulses[row.id]
        assert count <= 1
        if row.state == "done":
            assert count == 1
        if row.state in {"new", "expired", "refused", "failed"}:
            assert count == 0
