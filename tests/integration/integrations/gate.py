"""A barrier of a test: its destination, orders as the reactor and the API enter them, and what became of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, text, update

from services.integrations.engine.discover import load
from services.integrations.engine.gatekeeper import Gatekeeper
from services.integrations.engine.outbox import Surroundings
from shared import site
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Command, Destination
from shared.media import MediaStore
from shared.plates import skeleton
from shared.secrets import Vault
from shared.testing import Site
from tests.simulators.sample_delivery import a_camera, an_event

CALM: dict[str, Any] = {"pause": 0, "cool_down": 0}
"""Terms under which nothing but the order itself counts."""


@dataclass
class Gate:
    """One barrier; `settings` go over what its driver needs."""

    site: Site
    destination_id: UUID

    @classmethod
    def add(cls, site: Site, **settings: Any) -> Gate:
        vault = Vault(site.settings.secret_key.get_secret_value())
        with transaction(site.engine) as session:
            row = Destination(name=f"Gate {uuid4()}", kind="barrier", settings=vault.seal(settings))
            session.add(row)
            session.flush()
            return cls(site, row.id)

    def order(self, plate: str = "AA1234BB", age: float = 0.0, **columns: Any) -> UUID:
        """An order because of a vehicle that was last seen `age` seconds ago, by the database's clock."""
        event = an_event(event_id=uuid4(), plate=plate)
        seen = func.clock_timestamp() - timedelta(seconds=age)
        values: dict[str, Any] = {
            "event_id": event.event_id,
            "event": event.model_dump(mode="json"),
            "camera": a_camera().model_dump(mode="json"),
            "skeleton": skeleton(plate),
            "seen_at": seen,
            "expires_at": seen + timedelta(seconds=10),
        }
        with transaction(self.site.engine) as session:
            row = Command(destination_id=self.destination_id, **(values | columns))
            session.add(row)
            session.flush()
            return row.id

    def gatekeeper(self, **changes: Any) -> Gatekeeper:
        """One that a test lets take a turn, as its own thread would."""
        vault, media = Vault(self.site.settings.secret_key.get_secret_value()), MediaStore(self.site.settings.media_dir)
        around = Surroundings(self.site.engine, vault, media, lambda: "", self.site.settings.data_dir)
        return Gatekeeper(self.destination_id, load("barrier"), around, **changes)

    def row(self, command: UUID) -> Command:
        with transaction(self.site.engine) as session:
            return session.get_one(Command, command)

    def end(self, command: UUID, seconds: float = 20.0) -> Command:
        """Waits until it is neither new nor sent."""
        deadline = time.monotonic() + seconds
        while (row := self.row(command)).state in {"new", "sent"}:
            assert time.monotonic() < deadline, f"the command is still {row.state}"
            time.sleep(0.02)
        return row

    def becomes(self, command: UUID, state: str, seconds: float = 20.0) -> Command:
        deadline = time.monotonic() + seconds
        while (row := self.row(command)).state != state:
            assert time.monotonic() < deadline, f"the command is {row.state}: {row.result}"
            time.sleep(0.02)
        return row

    def states(self) -> Counter[str]:
        with transaction(self.site.engine) as session:
            mine = select(Command.state).where(Command.destination_id == self.destination_id)
            return Counter(session.scalars(mine))

    def rows(self) -> list[Command]:
        with transaction(self.site.engine) as session:
            mine = select(Command).where(Command.destination_id == self.destination_id)
            return list(session.scalars(mine.order_by(Command.issued_at, Command.id)))

    def let_leases_end(self) -> None:
        with transaction(self.site.engine) as session:
            past = func.clock_timestamp() - timedelta(seconds=1)
            session.execute(update(Command).where(Command.state == "sent").values(lease_until=past))

    def lock(self, value: bool = True, reason: str = "Fire drill") -> None:
        with transaction(self.site.engine) as session:
            site.save(session, site.BarriersLocked(value=value, reason=reason))

    def sql(self, statement: str, **values: Any) -> None:
        with transaction(self.site.engine) as session:
            session.execute(text(statement), values)


def skewed(seconds: float) -> Callable[[], Any]:
    """This machine's clock, set wrong."""
    return lambda: now() + timedelta(seconds=seconds)
