"""Stays at the broker: says that the site is there, and announces its cameras to Home Assistant.

What the broker keeps of ours is taken back by an empty retained message when its camera, its topic or the destination
is gone: announcements, last plates and the status. Which topics these are is written into a file, so that this also
happens after a restart.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from sqlalchemy import select

from services.integrations.mqtt.message import Found, Message, discovery, held
from services.integrations.mqtt.settings import Settings
from shared.db.session import transaction
from shared.db.tables import Camera, Destination
from shared.errors import Retry, Trouble
from shared.files import write_durably
from shared.integration import Standing
from shared.peer_mqtt import MqttSession, session

LOOK = 2.0
"""Seconds between two looks at the cameras of this site."""


def keep(standing: Standing, settings: Settings) -> None:
    """As shared.integration.Keep says."""
    born = threading.Event()

    def heard(_topic: str, payload: bytes, _retained: bool) -> None:
        if payload == b"online":
            born.set()

    broker = settings.broker(f"platewire-{standing.destination_id.hex[:12]}", with_will=True)
    with session(broker, heard) as opened:
        opened.publish(settings.status_topic, "online", retain=True)
        if settings.discovery != "off":
            opened.subscribe(f"{settings.discovery_prefix}/status")
        announced = _Announced(standing, settings, opened)
        announced.turn(again=True)
        while not standing.stopping.wait(LOOK):
            if opened.lost:
                raise Retry(f"{broker.address} broke off the connection", trouble=Trouble.CANNOT_CONNECT)
            announced.turn(again=born.is_set())
            born.clear()
        announced.end()


class _Announced:
    """What the broker keeps of ours, and what Home Assistant must be told."""

    def __init__(self, standing: Standing, settings: Settings, opened: MqttSession) -> None:
        self._standing, self._settings, self._session = standing, settings, opened
        self._file: Path = standing.folder / "announced.json"
        self._topics = self._load()
        self._told: dict[str, str | bytes] = {}

    def turn(self, *, again: bool = False) -> None:
        """Tells what is new or changed; `again`: everything, because Home Assistant has begun anew."""
        cameras = self._cameras()
        wanted = {message.topic: message for camera in cameras for message in self._messages(camera)}
        plates = {topic for camera in cameras for topic in held(camera, self._settings)}
        ours = wanted.keys() | plates | {self._settings.status_topic}
        for topic in self._topics - ours:
            self._publish(Message(topic, "", retain=True))
        # Before they are announced, so that none is forgotten when this ends in between.
        self._save(ours | self._topics)
        for topic, message in wanted.items():
            if again or self._told.get(topic) != message.payload:
                self._publish(message)
        self._save(ours)
        self._told = {topic: message.payload for topic, message in wanted.items()}

    def end(self) -> None:
        """Says that nobody is there; of a destination that was removed, everything is taken back."""
        with transaction(self._standing.engine) as found:
            gone = found.scalar(select(Destination.id).where(Destination.id == self._standing.destination_id)) is None
        if gone:
            for topic in sorted(self._topics):
                self._publish(Message(topic, "", retain=True))
            self._save(set())
            return
        self._publish(Message(self._settings.status_topic, "offline", retain=True))

    def _messages(self, camera: Found) -> list[Message]:
        return [] if self._settings.discovery == "off" else discovery(camera, self._settings)

    def _cameras(self) -> list[Found]:
        with transaction(self._standing.engine) as found:
            rows = found.execute(select(Camera.id, Camera.name).order_by(Camera.name)).all()
        return [Found(camera_id, name) for camera_id, name in rows]

    def _publish(self, message: Message) -> None:
        self._session.publish(message.topic, message.payload, retain=message.retain)

    def _load(self) -> set[str]:
        try:
            return set(json.loads(self._file.read_text("utf-8")))
        except (OSError, ValueError):
            return set()

    def _save(self, topics: set[str]) -> None:
        if topics != self._topics:
            write_durably(self._file, json.dumps(sorted(topics)).encode())
            self._topics = topics
