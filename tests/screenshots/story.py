"""A fortnight at a made-up car park: vehicles of the drawn road, people who belong there, and who is told of it."""

from __future__ import annotations

import json
import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

import cv2
from rich.progress import track

from services.capture.demo.scene import Passing, Scene
from shared.clock import now
from simulators.json_receiver import JsonReceiver
from simulators.nvr_text import NvrText
from simulators.shelly import Shelly
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

DAYS, VISITS = 14, 220
GATE = "South gate"
OWNERS = ("Olena Koval", "Jan Nowak", "Marta Weiss", "Delivery, ground floor")
HOURS = (7, 7, 8, 8, 8, 9, 10, 12, 13, 16, 17, 17, 17, 18, 18, 21)


@dataclass
class Story:
    """What the pictures are taken of. `plates` are those of the road, the regulars first."""

    site: RunningSite
    gate: str = ""
    plates: list[str] = field(default_factory=list)
    newest: str = ""
    """Id of the newest event at the gate."""


def tell(site: RunningSite, peers: ExitStack) -> Story:
    """Fills the site; its receivers live as long as `peers`."""
    story, scene = Story(site), Scene()
    source = {"kind": "push", "device": GATE}
    story.gate = site.post("/cameras", {"name": GATE, "source": source, "settings": {"towards": "in"}})["id"]
    passings = list(scene.truth())
    story.plates = [passing.plate for passing in passings]
    _lists(site, story.plates)
    _destinations(site, peers)
    frames = {passing.plate: _frame(scene, passing) for passing in passings}
    for at, passing in track(_visits(passings), "A fortnight passes"):
        _push(site, passing, frames[passing.plate], at)
    told = wait_for(lambda: _newest(site, VISITS), 180, "the fortnight did not become events")
    story.newest = told["event_id"]
    _mark(site, story.newest)
    wait_for(lambda: len(site.events_of("Demo road")) > 4, 180, "the demo road brought no vehicles")
    return story


def _lists(site: RunningSite, plates: list[str]) -> None:
    site.post("/lists", {"name": "Staff"})
    for plate, owner in zip(plates[:4], OWNERS, strict=True):
        site.post("/lists/Staff/entries", {"plate": plate, "owner": owner, "note": "ground floor"})
    site.post("/lists/white/entries", {"plate": plates[4], "owner": "Residents", "note": "flat 12"})
    site.post("/lists/black/entries", {"plate": plates[7], "note": "left without paying"})


def _destinations(site: RunningSite, peers: ExitStack) -> None:
    receiver, recorder = peers.enter_context(JsonReceiver()), peers.enter_context(NvrText())
    relay = peers.enter_context(Shelly())
    made = {
        "Parking app": ("json_http", {"url": receiver.url}),
        "Recorder": ("nvr_text", {"host": "127.0.0.1", "port": recorder.port}),
        "Main barrier": ("barrier", {"driver": "shelly", "host": "127.0.0.1", "port": relay.port, "pulse": 1.0}),
    }
    ids = {}
    for name, (kind, settings) in made.items():
        ids[name] = site.post("/destinations", {"name": name, "kind": kind, "settings": settings})["id"]
    rules: dict[str, tuple[str, dict[str, Any]]] = {
        "Tell the parking app": ("Parking app", {}),
        "Text on the recording": ("Recorder", {"lists": ["white", "Staff"]}),
    }
    for name, (destination, settings) in rules.items():
        rule = "on_list" if settings else "any_event"
        body = {"name": name, "rule": rule, "settings": settings, "destination_id": ids[destination]}
        site.post("/reactions", body if settings else {k: v for k, v in body.items() if k != "rule"})


def _visits(passings: list[Passing]) -> list[tuple[datetime, Passing]]:
    """The regulars come on most days, the others now and then; oldest first, and the last a moment ago."""
    chance, today = random.Random(4), datetime.combine(now().date(), time(), UTC)
    visits: list[tuple[datetime, Passing]] = []
    while len(visits) < VISITS:
        regular = chance.random() < 0.6
        passing = chance.choice(passings[:5] if regular else passings)
        clock = timedelta(hours=chance.choice(HOURS), minutes=chance.randrange(60), seconds=chance.randrange(60))
        at = today - timedelta(days=chance.randrange(DAYS)) + clock
        if at < now() - timedelta(minutes=3):
            visits.append((at, passing))
    return [*sorted(visits, key=lambda visit: visit[0]), (now() - timedelta(seconds=20), passings[0])]


def _frame(scene: Scene, passing: Passing) -> tuple[bytes, list[int]]:
    """A picture in which its plate is large, as JPEG, and where."""
    at = passing.enters + (passing.leaves - passing.enters) * (0.7 if passing.direction == "in" else 0.3)
    box = next(box for box in scene.plate_boxes(at) if box.plate == passing.plate)
    done, data = cv2.imencode(".jpg", scene.frame(at), [cv2.IMWRITE_JPEG_QUALITY, 88])
    assert done
    return data.tobytes(), [round(part) for part in (box.x, box.y, box.width, box.height)]


def _push(site: RunningSite, passing: Passing, frame: tuple[bytes, list[int]], at: datetime) -> None:
    told = {
        "plateText": passing.plate,
        "plateCountry": passing.country,
        "plateConfidence": f"{random.Random(str(at)).uniform(0.86, 0.99):.2f}",
        "datetime": f"{at:%Y%m%d %H%M%S}{at.microsecond // 1000:03d}+0000",
        "carID": str(int(at.timestamp())),
        "carState": "lost",
        "carMoveDirection": passing.direction,
        "plateCoordinates": frame[1],
        "sensorProviderID": GATE,
        "imageType": "frame",
    }
    files: dict[str, tuple[str, str | bytes, str]] = {
        "event": ("event.json", json.dumps(told), "application/json"),
        "image": ("frame.jpg", frame[0], "image/jpeg"),
    }
    answer = site.api.post("/api/v1/ingest/json", files=files)
    assert answer.is_success, answer.text


def _newest(site: RunningSite, wanted: int) -> dict[str, Any] | None:
    found = site.events_of(GATE)
    return found[0] if len(found) >= wanted else None


def _mark(site: RunningSite, event: str) -> None:
    site.post(f"/events/{event}/notes", {"text": "Visitor badge given at the gate"})
    for tag in ("visitor", "keep"):
        site.api.put(f"/api/v1/events/{event}/tags/{quote(tag)}").raise_for_status()
