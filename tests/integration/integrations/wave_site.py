"""One destination at a simulated server, as the engine would use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from services.integrations.wave.deliver import deliver
from services.integrations.wave.settings import Settings
from shared.integration import Receipt
from shared.messages import Delivery, Moment
from simulators.nx_server import NxServer, User
from tests.simulators.sample_delivery import a_camera, a_delivery, some_pictures

GENERATIONS = ("legacy", "v1", "v2", "v3", "v4")
GATE = "89abcdef-0123-4567-89ab-cdef01234567"


@dataclass
class Destination:
    """Delivers to a server with settings of its own."""

    nx: NxServer
    changes: dict[str, Any] = field(default_factory=dict)
    identity: UUID = field(default_factory=uuid4)

    @property
    def settings(self) -> Settings:
        return settings(self.nx, **self.changes)

    def send(self, plate: str = "AA1234BB", *, again: Delivery | None = None, **event: Any) -> Receipt:
        return deliver(again or self.delivery(plate, **event), some_pictures(), self.settings)

    def delivery(self, plate: str = "AA1234BB", **event: Any) -> Delivery:
        """A vehicle at the gate, unless the event's fields say which one."""
        moment, camera = event.pop("moment", Moment.DETECT), event.pop("camera", a_camera(address="10.0.0.5"))
        given = {"event_id": uuid4(), "plate": plate} | event
        made = a_delivery(moment=moment, camera=camera, **given)
        return made.model_copy(update={"delivery_id": uuid4(), "destination_id": self.identity})


def settings(nx: NxServer, **changes: Any) -> Settings:
    given = {"host": "127.0.0.1", "port": nx.port, "https": bool(nx.certificate), "user": "anpr", "password": "pw"}
    return Settings.model_validate(given | {"timeout": 15} | changes)


@contextmanager
def destination(profile: str, *users: User, **changes: Any) -> Iterator[Destination]:
    """A server of this generation and a destination for it."""
    with NxServer(profile, users=list(users) or None) as nx:
        yield Destination(nx, changes)


def again(delivery: Delivery, attempt: int = 2) -> Delivery:
    """The same delivery at its next try."""
    return delivery.model_copy(update={"attempt": attempt})
