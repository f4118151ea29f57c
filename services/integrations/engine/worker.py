"""One process for one kind of destination: keeps an outbox for each destination of that kind, as they come and go."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import redis
from sqlalchemy import Engine

from services.integrations.engine import commands, ledger
from services.integrations.engine.gatekeeper import Gatekeeper
from services.integrations.engine.keeper import Keeper
from services.integrations.engine.outbox import Outbox, Surroundings
from services.integrations.engine.patience import AWAY
from services.integrations.engine.stored import DEFAULT_URL, public_url
from services.integrations.engine.wakeups import Wakeups
from shared.clock import now
from shared.errors import PlatewireError
from shared.integration import Integration
from shared.media import MediaStore
from shared.messages import CommandState, DeliveryState
from shared.process import Stop
from shared.secrets import Vault
from shared.status import CameraState, CameraStatus, ServiceStatus, camera_status, report_service
from shared.streams import REDIS_DOWN

logger = logging.getLogger(__name__)

LAST_TRIES = 8.0
"""Seconds that tries under way get when the process is asked to end."""
COUNT_EVERY = 5.0


class LaneDied(PlatewireError):
    """A thread ended by a fault; the process ends too and the supervisor starts it afresh."""


@dataclass
class Worker:
    """Looks once a second which destinations there are and whether their settings changed."""

    integration: Integration[Any]
    engine: Engine
    client: redis.Redis
    vault: Vault
    media: MediaStore
    folder: Path
    instance: str = ""
    heartbeat: Path | None = None
    poll: float = 2.0
    _outboxes: dict[UUID, Outbox | Gatekeeper] = field(default_factory=dict)
    _keepers: dict[UUID, Keeper] = field(default_factory=dict)
    _revisions: dict[UUID, int] = field(default_factory=dict)
    _gone: Counter[str] = field(default_factory=Counter)
    _public_url: str = DEFAULT_URL
    _backlog: tuple[int, float] = (0, 0.0)
    _next_count: float = 0.0

    def run(self, stop: Stop) -> None:
        """Delivers until `stop`. Raises LaneDied when a thread ended by a fault."""
        wakeups = Wakeups(self.client, lambda: list(self._outboxes), self._wake, self._report)
        wakeups.start()
        try:
            self._watch(stop, wakeups)
        finally:
            ending: list[Outbox | Gatekeeper | Keeper] = [*self._outboxes.values(), *self._keepers.values()]
            for one in ending:
                one.stop()
            deadline = time.monotonic() + LAST_TRIES
            for one in ending:
                one.join(max(0.0, deadline - time.monotonic()))
            wakeups.stop(2.0)

    def _watch(self, stop: Stop, wakeups: Wakeups) -> None:
        away = False
        while not stop.wait(min(1.0, self.poll)):
            try:
                self._look_around()
                away = False
            except AWAY:
                if not away:
                    logger.warning("database does not answer, waiting", extra={"kind": self.integration.name})
                away = True
            if wakeups.died or any(outbox.died for outbox in self._outboxes.values()):
                raise LaneDied(f"A thread of {self.integration.name} ended by a fault")
            if self.heartbeat:
                self.heartbeat.touch()

    def _look_around(self) -> None:
        present = ledger.revisions(self.engine, self.integration.name)
        self._public_url = public_url(self.engine)
        for identity in self._outboxes.keys() - present.keys():
            self._close(identity)
        for identity, revision in present.items():
            if identity not in self._outboxes:
                self._open(identity)
            elif self._revisions[identity] != revision:
                ledger.forgive(self.engine, identity)
                self._keep(identity)
                self._outboxes[identity].wake()
            self._revisions[identity] = revision
        if self.integration.commands:
            self._end_commands()
        if time.monotonic() >= self._next_count:
            self._next_count = time.monotonic() + COUNT_EVERY
            self._take_stock()

    def _end_commands(self) -> None:
        expired, lost = commands.sweep(self.engine, self.integration.name)
        self._gone[CommandState.EXPIRED] += expired
        self._gone[CommandState.UNKNOWN] += lost
        if expired or lost:
            about = {"kind": self.integration.name, "expired": expired, "unknown": lost}
            logger.warning("commands were not carried out", extra=about)

    def _take_stock(self) -> None:
        if self.integration.commands:
            self._backlog = commands.backlog(self.engine, self.integration.name)
            return
        if late := ledger.bury_late(self.engine, self.integration.name, live=self.integration.live):
            logger.warning("deliveries expired", extra={"kind": self.integration.name, "count": late})
        self._backlog = ledger.backlog(self.engine, self.integration.name)

    def _open(self, identity: UUID) -> None:
        kind = Gatekeeper if self.integration.commands else Outbox
        outbox = kind(identity, self.integration, self._surroundings())
        outbox.start()
        self._outboxes = {**self._outboxes, identity: outbox}
        self._keep(identity)

    def _surroundings(self) -> Surroundings:
        own = (self.folder, self.poll, self._camera)
        return Surroundings(self.engine, self.vault, self.media, lambda: self._public_url, *own)

    def _camera(self, camera_id: UUID) -> CameraStatus:
        try:
            return camera_status(self.client, camera_id)
        except REDIS_DOWN:
            return CameraStatus(state=CameraState.SILENT)

    def _keep(self, identity: UUID) -> None:
        """Begins what is kept open for a destination, once what was begun under older settings has ended."""
        if before := self._keepers.pop(identity, None):
            before.stop()
            before.join(LAST_TRIES)
        self._keepers[identity] = keeper = Keeper(identity, self.integration, self._surroundings())
        keeper.start()

    def _close(self, identity: UUID) -> None:
        self._keepers.pop(identity).stop()
        outbox = self._outboxes[identity]
        outbox.stop()
        self._gone.update(outbox.counts)
        self._outboxes = {known: box for known, box in self._outboxes.items() if known != identity}

    def _wake(self, identity: UUID) -> None:
        if outbox := self._outboxes.get(identity):
            outbox.wake()

    def _report(self) -> None:
        counts = Counter(self._gone)
        for outbox in self._outboxes.values():
            counts.update(outbox.counts)
        due, oldest = self._backlog
        values = {
            "due": float(due),
            "oldest_due_seconds": oldest,
            "delivered": float(counts[DeliveryState.DELIVERED]),
            "dead": float(counts[DeliveryState.DEAD]),
            "destinations": float(len(self._outboxes)),
        }
        instance = f"{self.instance}{self.integration.name}"
        report_service(self.client, ServiceStatus(service="integrations", instance=instance, at=now(), values=values))
