"""The application on a test's site, who may ask it, and rows as the other services write them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import cv2
import numpy as np
from fastapi.testclient import TestClient

from shared.clock import now
from shared.credentials import KeyLimits, create_api_key
from shared.db.session import transaction
from shared.db.tables import DeliveryRow, Destination, EventRow, Plate
from shared.geometry import Box
from shared.messages import DeliveryState, Event, EventState, Origin
from shared.plates import grams
from shared.secrets import Vault
from shared.testing import Site

PASSWORD = "correct horse battery"
RTSP = "rtsp://admin:hunter2@10.0.3.21:554/stream1"
JPEG = cv2.imencode(".jpg", np.full((240, 320, 3), 90, np.uint8))[1].tobytes()
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["url"],
    "properties": {
        "url": {"type": "string", "minLength": 8},
        "password": {"type": "string", "format": "password", "writeOnly": True, "default": ""},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    },
}
_numbers = itertools.count(1)


@dataclass
class Api:
    """The application with its site; `client` has every right by an API key."""

    site: Site
    app_client: TestClient
    key: str
    camera_id: UUID = field(default_factory=uuid4)

    @property
    def client(self) -> TestClient:
        self.app_client.headers["Authorization"] = f"Bearer {self.key}"
        return self.app_client

    @property
    def stranger(self) -> TestClient:
        """The same application without credentials."""
        self.app_client.headers.pop("Authorization", None)
        self.app_client.cookies.clear()
        return self.app_client

    def sign_in(self, name: str = "admin", password: str = PASSWORD) -> TestClient:
        client = self.stranger
        # Tests come faster than people do.
        for key in self.site.events.scan_iter("sign-in:*"):
            self.site.events.delete(key)
        answer = client.post("/api/v1/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        return client

    def as_key(self, *scopes: str) -> dict[str, str]:
        """Headers of a new key with these scopes."""
        with transaction(self.site.engine) as session:
            return {"Authorization": f"Bearer {create_api_key(session, f'key {next(_numbers)}', list(scopes))}"}

    def limited_to(self, camera: UUID, *scopes: str) -> dict[str, str]:
        """Headers of a new key for this camera only."""
        with transaction(self.site.engine) as session:
            limits, name = KeyLimits(cameras=[camera]), f"key {next(_numbers)}"
            return {"Authorization": f"Bearer {create_api_key(session, name, list(scopes), limits=limits)}"}

    def store(self, *events: Event, characters: Sequence[dict[str, object]] = ()) -> None:
        """Writes events as the reactor would."""
        with transaction(self.site.engine) as session:
            for event in events:
                values = event.model_dump(exclude={"kind", "version", "box", "lists", "hits", "alternatives", "unread"})
                row = EventRow(**values, box=event.box.as_list(), lists=list(event.lists), unread=event.unread or "")
                row.hits = [hit.model_dump(mode="json") for hit in event.hits]
                row.alternatives = [other.model_dump(mode="json") for other in event.alternatives]
                row.characters = [dict(one) for one in characters]
                session.add(row)
                if event.plate and (known := session.get(Plate, event.plate)):
                    known.events += 1
                elif event.plate:
                    seen = {"first_seen": event.captured_at, "last_seen": event.last_seen}
                    session.add(
                        Plate(plate=event.plate, skeleton=event.plate, grams=grams(event.plate), events=1, **seen)
                    )
                    session.flush()

    def destination(self, name: str = "Cloud") -> UUID:
        """A destination of the kind that the fixture `kinds` adds."""
        vault = Vault(self.site.settings.secret_key.get_secret_value())
        with transaction(self.site.engine) as session:
            row = Destination(name=name, kind="json_http", settings=vault.seal({"url": "http://cloud/in"}))
            session.add(row)
            session.flush()
            return row.id

    def deliver(self, event: Event, destination_id: UUID, state: DeliveryState) -> UUID:
        with transaction(self.site.engine) as session:
            row = DeliveryRow(
                event_id=event.event_id,
                destination_id=destination_id,
                moment="detect",
                event=event.model_dump(mode="json"),
                camera={},
                state=state.value,
                attempts=7,
                last_error="503 from the receiver",
                expires_at=now() + timedelta(days=3),
            )
            session.add(row)
            session.flush()
            return row.id


def an_event(plate: str = "AA1234BB", at: datetime | None = None, **changes: object) -> Event:
    moment = at or now()
    number = next(_numbers)
    event = Event(
        event_id=uuid4(),
        camera_id=UUID(int=1),
        camera_name="Gate in",
        car_id=number,
        state=EventState.LOST,
        origin=Origin.LIVE,
        plate=plate,
        country="UKR",
        confidence=0.97,
        captured_at=moment,
        read_at=moment,
        last_seen=moment,
        reads=9,
        box=Box(x=10, y=20, width=120, height=30),
        frame_width=640,
        frame_height=480,
    )
    return event.model_copy(update=changes)


def refuse(destination_id: str) -> dict[str, object]:
    """Stands in for the job with which integrations try a destination."""
    sentence = f"{destination_id} refuses the password"
    return {"ok": False, "kind": "json_http", "sentence": sentence, "trouble": "credentials"}


def add_camera(api: Api, name: str = "Gate in", **source: object) -> dict[str, object]:
    made = api.client.post("/api/v1/cameras", json={"name": name, "source": source or {"kind": "rtsp", "url": RTSP}})
    assert made.status_code == 201, made.text
    camera: dict[str, object] = made.json()
    return camera
