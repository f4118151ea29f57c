"""Empties one destination's queue: as many threads as the integration allows, each one delivery at a time."""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Engine

from services.integrations.engine import backoff, ledger, outcome
from services.integrations.engine.bell import Bell
from services.integrations.engine.ledger import Change, Claimed, Terms
from services.integrations.engine.outcome import Outcome
from services.integrations.engine.patience import patiently
from services.integrations.engine.stored import open_settings
from shared.errors import Missing
from shared.integration import Integration, Pictures
from shared.media import MediaStore
from shared.messages import Delivery
from shared.secrets import Vault
from shared.status import CameraState, CameraStatus

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """What every outbox of a worker shares."""

    engine: Engine
    vault: Vault
    media: MediaStore
    public_url: Callable[[], str]
    folder: Path
    """What integrations keep on disk."""
    poll: float = 2.0
    """Seconds after which the ledger is looked at although nobody woke us."""
    camera: Callable[[UUID], CameraStatus] = lambda _camera_id: CameraStatus(state=CameraState.SILENT)


@dataclass
class Outbox:
    """One destination's lanes. A slow or dead peer holds up nobody but itself."""

    destination_id: UUID
    integration: Integration[Any]
    around: Surroundings
    counts: Counter[str] = field(default_factory=Counter)
    _next_number: int = 1
    _opened: tuple[int, BaseModel] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _bell: Bell = field(default_factory=Bell)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for lane in range(self.integration.lanes):
            thread = threading.Thread(target=self._work, name=f"{self.destination_id}/{lane}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        self._bell.ring()

    def stop(self) -> None:
        """Lets the tries under way end and starts no more; does not wait for them."""
        self._stopping.set()
        self.wake()

    def join(self, seconds: float) -> None:
        for thread in self._threads:
            thread.join(seconds)

    @property
    def died(self) -> bool:
        """A lane ended by a fault although nobody asked it to."""
        return not self._stopping.is_set() and not all(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while not self._stopping.is_set():
            if not patiently(self.turn, self._stopping.wait):
                self._bell.wait(self.around.poll)
        self._bell.ring()  # the next lane ends too

    def turn(self) -> bool:
        """One delivery, if one is due; says whether it is worth to look for the next at once."""
        claimed = self._claim()
        if claimed is None:
            return False
        self._bell.ring()  # where one row was, more may be, for the other lanes
        result = self._try(claimed)
        pause = backoff.wait(claimed.row.attempts, random.uniform(-1, 1), result.wish)
        note = partial(ledger.record, self.around.engine, claimed, result, pause)
        change = patiently(note, self._stopping.wait)
        self._tell(change, result)
        with self._lock:
            self.counts[result.state] += 1
        return True

    def _claim(self) -> Claimed | None:
        """The lock lets a number be used only by a claim that took place."""
        terms = Terms(ordered=self.integration.lanes == 1, live=self.integration.live)
        with self._lock:
            claimed = ledger.claim(self.around.engine, self.destination_id, terms, self._next_number)
            if claimed and claimed.row.packet_counter == self._next_number and claimed.row.attempts == 1:
                self._next_number += 1
            return claimed

    def _try(self, claimed: Claimed) -> Outcome:
        # An integration is a plug-in: whatever it raises is this delivery's outcome, and the lane lives on.
        try:
            delivery = claimed.delivery()
            receipt = self.integration.deliver(delivery, self._pictures(delivery), self._settings(claimed))
        except Exception as error:
            result = outcome.failed(error, claimed.row.attempts)
            if result.fault:
                logger.exception("integration has a fault", extra={"delivery": str(claimed.row.id)})
            return result
        return outcome.delivered(receipt)

    def _settings(self, claimed: Claimed) -> BaseModel:
        """The settings as of this claim; opened once for each revision."""
        opened = self._opened
        if opened is None or opened[0] != claimed.revision:
            opened = (
                claimed.revision,
                open_settings(self.around.vault, self.integration.settings, claimed.sealed),
            )
            self._opened = opened
        return opened[1]

    def _pictures(self, delivery: Delivery) -> Pictures:
        event = delivery.event
        base = f"{self.around.public_url().rstrip('/')}/api/v1/events/{event.event_id}"
        return Pictures(
            frame=partial(_picture, self.around.media, event.frame_key),
            crop=partial(_picture, self.around.media, event.crop_key),
            frame_url=f"{base}/frame.jpg" if event.frame_key else "",
            crop_url=f"{base}/crop.jpg" if event.crop_key else "",
        )

    def _tell(self, change: Change | None, result: Outcome) -> None:
        if change and change.broke:
            logger.error("destination fails, trying it rarely", extra={**self._about(), "reason": result.sentence})
        if change and change.recovered:
            logger.info("destination works again", extra=self._about())

    def _about(self) -> dict[str, str]:
        return {"kind": self.integration.name, "destination": str(self.destination_id)}


def _picture(media: MediaStore, key: str) -> bytes | None:
    """None when there never was one or retention took it: the delivery goes out without."""
    if not key:
        return None
    try:
        return media.get(key)
    except Missing:
        return None
