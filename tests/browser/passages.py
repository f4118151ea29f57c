"""Vehicles for the pages to show: a camera pushes what it read, as cameras with a reader of their own do.

Quicker and surer than recognising drawn plates, and all behind the push is the real way of an event.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

import cv2

from services.capture.demo.scene import Scene
from shared.clock import now
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

WIDTH, HEIGHT = 1280, 720


@dataclass
class Passages:
    """Each vehicle is a car of its own; cameras are added by name when they are first needed."""

    site: RunningSite
    cameras: dict[str, str] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def camera(self, name: str = "Gate") -> str:
        """The id of a camera that pushes."""
        if name not in self.cameras:
            body = {"name": name, "source": {"kind": "push", "device": name}, "settings": {"towards": "in"}}
            self.cameras[name] = self.site.post("/cameras", body)["id"]
        return self.cameras[name]

    def push(self, plate: str, camera: str = "Gate", at: datetime | None = None, **changes: Any) -> None:
        """One vehicle, told once; it is an event as soon as the reactor has looked."""
        self.camera(camera)
        moment = at or now()
        told = {
            "plateText": plate,
            "datetime": f"{moment:%Y%m%d %H%M%S}{moment.microsecond // 1000:03d}+0000",
            "plateCountry": "UKR",
            "plateConfidence": "0.93",
            "carID": str(next(self._numbers)),
            "carState": "lost",
            "sensorProviderID": camera,
            "imageType": "frame",
        } | changes
        files: dict[str, tuple[str, str | bytes, str]] = {
            "event": ("event.json", json.dumps(told), "application/json"),
            "image": ("frame.jpg", road(), "image/jpeg"),
        }
        answer = self.site.api.post("/api/v1/ingest/json", files=files)
        assert answer.is_success, answer.text

    def passed(self, plate: str, camera: str = "Gate", ago: timedelta = timedelta(), **changes: Any) -> dict[str, Any]:
        """One vehicle, and the event that became of it."""
        known = {event["event_id"] for event in self._of(plate)}
        self.push(plate, camera, now() - ago, **changes)

        def fresh() -> dict[str, Any] | None:
            return next((event for event in self._of(plate) if event["event_id"] not in known), None)

        return wait_for(fresh, 20, f"{plate} became no event")

    def _of(self, plate: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.site.get("/events", plate=plate)["events"]
        return events


@cache
def road() -> bytes:
    """The drawn road with a vehicle on it, as JPEG."""
    scene = Scene()
    passing = scene.truth()[0]
    picture = scene.frame((passing.enters + passing.leaves) / 2)
    done, data = cv2.imencode(".jpg", cv2.resize(picture, (WIDTH, HEIGHT)))
    assert done
    return data.tobytes()
