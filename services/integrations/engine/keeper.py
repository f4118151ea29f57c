"""Runs what an integration keeps open for one destination between deliveries, and begins it anew when it breaks."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.integrations.engine import backoff, ledger
from services.integrations.engine.outbox import Surroundings
from services.integrations.engine.patience import AWAY
from services.integrations.engine.stored import open_settings
from shared.errors import PlatewireError
from shared.integration import Integration, Keep, Standing

logger = logging.getLogger(__name__)

FOLDER = "integrations"
"""In the data folder; each destination has a folder of its own in it."""


STEADY = 60.0
"""Seconds after which what broke had worked: its next try is again the first."""


@dataclass
class Keeper:
    """One destination's standing work under one revision of its settings."""

    destination_id: UUID
    integration: Integration[Any]
    around: Surroundings
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        if self.integration.keep:
            name = f"{self.destination_id}/keep"
            self._thread = threading.Thread(target=self._run, args=(self.integration.keep,), name=name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Asks it to end; does not wait."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        if self._thread:
            self._thread.join(seconds)

    def _run(self, keep: Keep[Any]) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            # An integration is a plug-in: whatever it raises is told and tried again, and the process lives on.
            try:
                self._once(keep)
                failures = 0
            except AWAY:
                failures = 1
            except Exception as error:
                failures = 1 if time.monotonic() - began > STEADY else failures + 1
                self._tell(error, failures)
            self._stopping.wait(max(1.0, backoff.base(min(failures, 4))))

    def _once(self, keep: Keep[Any]) -> None:
        row = ledger.destination(self.around.engine, self.destination_id)
        if row is None:
            return
        folder = self.around.folder / FOLDER / str(self.destination_id)
        folder.mkdir(parents=True, exist_ok=True)
        around, stopping = self.around, self._stopping
        standing = Standing(self.destination_id, row.name, folder, around.engine, stopping, around.camera)
        keep(standing, open_settings(self.around.vault, self.integration.settings, row.settings))

    def _tell(self, error: Exception, failures: int) -> None:
        about = {"kind": self.integration.name, "destination": str(self.destination_id)}
        known = isinstance(error, PlatewireError)
        sentence = str(error) if known else f"Fault in the integration: {type(error).__name__}"
        if not known:
            logger.error("integration has a fault", exc_info=error, extra=about)
        elif failures == 1:
            logger.warning("what is kept open broke", extra={**about, "reason": sentence})
        try:
            ledger.note_error(self.around.engine, self.destination_id, sentence)
        except AWAY:
            logger.warning("cannot note what broke, the database does not answer", extra=about)
