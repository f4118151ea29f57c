"""An integration that a test makes up: its peers remember what they got and fail as they are told."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict

from pydantic import BaseModel

from shared.integration import Integration, Pictures, Receipt, Standing
from shared.messages import Delivery


class PeerSettings(BaseModel):
    """Which of the test's peers is meant."""

    peer: str = "a"


class Peers:
    """Peers of an integration that a test makes up: what they got, and what they do next."""

    def __init__(self, lanes: int = 1, *, live: bool = False) -> None:
        self.got: dict[str, list[Delivery]] = defaultdict(list)
        self.pictures: list[tuple[bytes | None, str]] = []
        self.errors: dict[str, list[Exception]] = defaultdict(list)
        self.gates: dict[str, threading.Event] = {}
        self.tries: Counter[str] = Counter()
        self.kept: list[tuple[str, str]] = []
        """What happened to what is kept open: peer, and begun, ended or the error that it had."""
        self.keep_errors: list[Exception] = []
        self.integration = Integration(
            "fake", "Fake", "1", PeerSettings, self.deliver, lambda settings: Receipt(), lanes, live, self.keep
        )

    def deliver(self, delivery: Delivery, pictures: Pictures, settings: PeerSettings) -> Receipt:
        self.tries[settings.peer] += 1
        if gate := self.gates.get(settings.peer):
            assert gate.wait(30)
        if self.errors[settings.peer]:
            raise self.errors[settings.peer].pop(0)
        self.pictures.append((pictures.frame(), pictures.frame_url))
        self.got[settings.peer].append(delivery)
        return Receipt(200, "thanks")

    def keep(self, standing: Standing, settings: PeerSettings) -> None:
        self.kept.append((settings.peer, "begun"))
        if self.keep_errors:
            raise self.keep_errors.pop(0)
        (standing.folder / "kept").write_text(standing.name)
        standing.stopping.wait(30)
        self.kept.append((settings.peer, "ended"))

    def plates(self, peer: str = "a") -> list[str]:
        return [delivery.event.plate for delivery in self.got[peer]]
