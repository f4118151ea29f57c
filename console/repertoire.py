"""What a contract test sends to a destination: one delivery for each thing that a peer may choke on; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import cv2
import numpy as np

from shared.geometry import Box
from shared.integration import Pictures
from shared.messages import CameraCard, Delivery, Direction, Event, EventState, Moment, Origin

WIDTH, HEIGHT = 1280, 720
PLATE = Box(x=520, y=420, width=240, height=52)


@dataclass(frozen=True)
class Case:
    """One thing that is tried."""

    name: str
    delivery: Delivery
    pictures: Pictures


def cases(now: datetime) -> Iterator[Case]:
    """Every case, made of made-up plates; a peer's operators see them as tests by the camera's name."""
    yield _case("plain, with pictures", now)
    yield _case("without pictures", now, pictures=False)
    yield _case("vehicle left", now, moment=Moment.LOST, state=EventState.LOST)
    yield _case("white list", now, lists=("white",))
    yield _case("black list", now, lists=("black", "staff"))
    yield _case("no country, low confidence", now, country="", confidence=0.41)
    yield _case("longest plate", now, plate="TEST567890123456")
    yield _case(
        "characters of markup in names", now, camera_name='Gate <b> & "north" 100% + more', lists=('a&b <"c">',)
    )
    yield _case("letters beyond ASCII in names", now, camera_name="Ворота північ ü €", lists=("мешканці",))
    yield _case("line break in a name", now, camera_name="Gate\r\nX-Injected: 1")
    yield _case("yesterday's vehicle", now - timedelta(days=1))


def _case(
    name: str, now: datetime, *, pictures: bool = True, moment: Moment = Moment.DETECT, **changes: object
) -> Case:
    camera_id = uuid4()
    values: dict[str, object] = {
        "event_id": uuid4(),
        "camera_id": camera_id,
        "camera_name": "Contract test",
        "car_id": 1,
        "state": EventState.RELIABLE,
        "origin": Origin.LIVE,
        "plate": "TEST123",
        "country": "UKR",
        "confidence": 0.93,
        "captured_at": now,
        "read_at": now,
        "last_seen": now,
        "reads": 5,
        "direction": Direction.IN,
        "box": PLATE,
        "frame_width": WIDTH,
        "frame_height": HEIGHT,
        "lists": (),
    }
    event = Event.model_validate(values | changes)
    card = CameraCard(camera_id=camera_id, name=event.camera_name, sensor_id="TEST", zone="UTC")
    delivery = Delivery(
        delivery_id=uuid4(),
        destination_id=uuid4(),
        moment=moment,
        event=event,
        camera=card,
        packet_counter=1,
        attempt=1,
        created_at=now,
    )
    return Case(name, delivery, _pictures(event.plate) if pictures else Pictures(lambda: None, lambda: None))


def _pictures(plate: str) -> Pictures:
    """A grey frame with the plate drawn where the event says, and its crop."""
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    x, y, width, height = (round(value) for value in PLATE.as_list())
    cv2.rectangle(frame, (x, y), (x + width, y + height), (235, 235, 235), -1)
    cv2.putText(frame, plate[:9], (x + 12, y + height - 14), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 3)
    crop = frame[y : y + height, x : x + width]
    whole, part = (cv2.imencode(form, made)[1].tobytes() for form, made in ((".jpg", frame), (".png", crop)))
    return Pictures(lambda: whole, lambda: part, "http://site.example/frame.jpg", "http://site.example/crop.jpg")
