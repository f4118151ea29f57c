"""Watches whether what was ordered happened: beside the relay's own answer, and written down after it."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Engine

from services.integrations.engine import commands
from services.integrations.engine.commands import Taken
from services.integrations.engine.patience import patiently
from shared.errors import PlatewireError
from shared.integration import Watch

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.2


@dataclass(frozen=True)
class Look:
    """One look by the integration."""

    watch: Watch[Any]
    destination_id: UUID
    settings: BaseModel

    def __call__(self) -> bool:
        return self.watch(self.destination_id, self.settings)


@dataclass
class Watcher:
    """A thread that looks for one try of a command, from when the relay is told.

    What it sees counts only once the try has been judged: a gate that stood open confirms nothing that was never sent.
    """

    engine: Engine
    taken: Taken
    look: Look
    seconds: float
    stopping: threading.Event
    _judged: threading.Event = field(default_factory=threading.Event)
    _may_have_happened: bool = False

    def start(self) -> None:
        """Without seconds nothing is watched."""
        if self.seconds:
            name = f"{self.look.destination_id}/watch"
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def judged(self, *, may_have_happened: bool) -> None:
        """The try's outcome is written down."""
        self._may_have_happened = may_have_happened
        self._judged.set()

    def _run(self) -> None:
        until, trouble, moved = time.monotonic() + self.seconds, "", False
        while not (moved or self._in_vain) and time.monotonic() < until:
            moved, trouble = self._once()
            if not moved and self.stopping.wait(LOOK_EVERY):
                return
        while not self._judged.wait(LOOK_EVERY):
            if self.stopping.is_set():
                return
        if self._may_have_happened:
            self._write(moved, trouble)

    @property
    def _in_vain(self) -> bool:
        return self._judged.is_set() and not self._may_have_happened

    def _once(self) -> tuple[bool, str]:
        """Whether it moved, and what went wrong; a look may fail in any way, the command's outcome does not depend."""
        try:
            return self.look(), ""
        except PlatewireError as error:
            return False, str(error)
        except Exception as error:
            logger.exception("integration has a fault", extra={"command": str(self.taken.command_id)})
            return False, f"fault in the integration, {type(error).__name__}"

    def _write(self, moved: bool, trouble: str) -> None:
        if moved:
            patiently(partial(commands.confirm, self.engine, self.taken), self.stopping.wait)
            return
        told = f"not confirmed: {trouble}" if trouble else f"nothing moved within {self.seconds:g} s"
        patiently(partial(commands.note, self.engine, self.taken, told), self.stopping.wait)
