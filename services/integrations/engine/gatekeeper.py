"""Carries out one destination's commands, one at a time and each at most once; a relay is no outbox."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.integrations.engine import commands, ledger
from services.integrations.engine.commands import Ending, Taken
from services.integrations.engine.outbox import Surroundings
from services.integrations.engine.patience import AWAY, patiently
from services.integrations.engine.stored import open_settings
from services.integrations.engine.watching import Look, Watcher
from shared.clock import Clock, now
from shared.errors import NotSent, Reject, Retry
from shared.integration import Commands, Integration, Order, Terms
from shared.messages import CommandState

logger = logging.getLogger(__name__)

POLL = 0.25
"""Seconds: an order lives five of them, so it is also found without a hint."""
TRIES = 3
PAUSE_BETWEEN_TRIES = 0.3


@dataclass(frozen=True)
class Result:
    """What came of one try; `again` when it may be tried once more."""

    state: CommandState
    sentence: str
    again: bool = False
    fault: bool = False


@dataclass
class Gatekeeper:
    """One destination's commands. Its thread waits for the relay, a thread of its own watches what moves."""

    destination_id: UUID
    integration: Integration[Any]
    around: Surroundings
    clock: Clock = now
    counts: Counter[str] = field(default_factory=Counter)
    _opened: tuple[int, BaseModel] | None = None
    _told: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _bell: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def ordered(self) -> Commands[Any]:
        assert self.integration.commands is not None
        return self.integration.commands

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, name=f"{self.destination_id}/gate", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        self._bell.set()

    def stop(self) -> None:
        """Lets the command under way end, a pulse at once; does not wait for it."""
        self._stopping.set()
        self.wake()

    def join(self, seconds: float) -> None:
        if self._thread:
            self._thread.join(seconds)

    @property
    def died(self) -> bool:
        return self._thread is not None and not self._stopping.is_set() and not self._thread.is_alive()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._bell.clear()
            if not patiently(self.turn, self._stopping.wait):
                self._bell.wait(min(POLL, self.around.poll))

    def turn(self) -> bool:
        """One command, if one may be carried out; says whether to look for the next at once."""
        if not commands.waiting(self.around.engine, self.destination_id):
            return False
        began = time.monotonic()
        opened = self._settings()
        if opened is None:
            return False
        revision, settings = opened
        terms = self.ordered.terms(settings)
        taken = commands.take(self.around.engine, self.destination_id, revision, terms, self.clock)
        if taken is None:
            return False
        # From here on the row is sent: whatever happens, nobody sends it again.
        self._carry_out(taken, settings, terms, began + taken.seconds_left)
        return True

    def _carry_out(self, taken: Taken, settings: BaseModel, terms: Terms, deadline: float) -> None:
        acted: list[float] = []
        order = Order(
            taken.command_id,
            self.destination_id,
            left=lambda: deadline - time.monotonic(),
            acted=lambda: acted.append(time.monotonic()),
            stopping=self._stopping,
        )
        look = Look(self.ordered.watch, self.destination_id, settings)
        watcher = Watcher(self.around.engine, taken, look, terms.watched, self._stopping)
        watcher.start()
        result = self._try(order, settings)
        if again := result.again and taken.attempts < TRIES and not self._stopping.is_set():
            write = partial(commands.give_back, self.around.engine, taken, result.sentence)
        else:
            ending = Ending(result.state, result.sentence, _since(acted, result.state))
            write = partial(commands.finish, self.around.engine, taken, ending)
        patiently(write, self._stopping.wait)
        watcher.judged(may_have_happened=result.state in {CommandState.DONE, CommandState.UNKNOWN})
        self._tell(result)
        if again:
            self._stopping.wait(PAUSE_BETWEEN_TRIES)
            return
        with self._lock:
            self.counts[result.state] += 1

    def _try(self, order: Order, settings: BaseModel) -> Result:
        # A process that was stopped between the commit and here goes on much later.
        if order.left() <= 0:
            return Result(CommandState.EXPIRED, "Not opened in time: the worker was held up")
        # An integration is a plug-in: whatever it raises is this command's outcome, and the thread lives on.
        try:
            receipt = self.ordered.drive(order, settings)
        except NotSent as error:
            return Result(CommandState.FAILED, error.reason, again=True)
        except Reject as error:
            return Result(CommandState.FAILED, error.reason)
        except Retry as error:
            return Result(CommandState.UNKNOWN, f"Nobody can tell whether it opened: {error.reason}")
        except Exception as error:
            logger.exception("integration has a fault", extra={"command": str(order.command_id)})
            sentence = f"Nobody can tell whether it opened: fault in the integration, {type(error).__name__}"
            return Result(CommandState.UNKNOWN, sentence, fault=True)
        return Result(CommandState.DONE, receipt.answer)

    def _settings(self) -> tuple[int, BaseModel] | None:
        """The settings with their revision; None when there are none that fit."""
        row = ledger.destination(self.around.engine, self.destination_id)
        if row is None:
            return None
        if self._opened is None or self._opened[0] != row.revision:
            try:
                opened = open_settings(self.around.vault, self.integration.settings, row.settings)
            except Retry as error:
                self._note(str(error))
                return None
            self._opened = (row.revision, opened)
        return self._opened

    def _tell(self, result: Result) -> None:
        about = {"kind": self.integration.name, "destination": str(self.destination_id)}
        if result.state is CommandState.DONE:
            logger.info("barrier opens", extra=about)
            self._told = ""
            return
        logger.warning("barrier does not open for sure", extra={**about, "reason": result.sentence})
        self._note(result.sentence)

    def _note(self, sentence: str) -> None:
        """Shows at the destination what is wrong, once."""
        if sentence == self._told:
            return
        try:
            ledger.note_error(self.around.engine, self.destination_id, sentence)
            self._told = sentence
        except AWAY:
            logger.warning("cannot note what is wrong, the database does not answer")


def _since(acted: list[float], state: CommandState) -> float | None:
    """For how many seconds the relay has known; None when it does not for sure."""
    if acted:
        return time.monotonic() - acted[0]
    return 0.0 if state is CommandState.DONE else None
