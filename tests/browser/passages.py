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
import numpy as np

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
    """A street with a vehicle's plate on it, as JPEG; drawn in a moment, unlike the demo road."""
    picture = np.full((HEIGHT, WIDTH, 3), (96, 92, 88), np.uint8)
    picture[: HEIGHT // 3] = (190, 170, 150)
    cv2.rectangle(picture, (440, 300), (840, 560), (40, 30, 120), -1)
    cv2.rectangle(picture, (520, 450), (760, 510), (235, 235, 235), -1)
    cv2.putText(picture, "AA1234BB", (532, 494), cv2.FONT_HERSHEY_SIMPLEX, 1.35, (20, 20, 20), 4)
    done, data = cv2.imencode(".jpg", picture)
    assert done
    return data.tobytes()
