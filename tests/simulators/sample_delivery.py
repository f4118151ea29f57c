"""The delivery behind the integration guide's example document, and variations of it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import cv2
import numpy as np

from shared.geometry import Box
from shared.integration import Pictures
from shared.messages import (
    CameraCard,
    Delivery,
    Direction,
    Event,
    EventState,
    Moment,
    Origin,
    VerticalDirection,
)

CAMERA_ID = UUID("00166cc3-9d44-4000-8000-000000000001")
WHEN = datetime(2018, 12, 12, 14, 34, 19, tzinfo=UTC)


def an_event(**changes: object) -> Event:
    event = Event(
        event_id=UUID("7c1c8f0e-0000-4000-8000-000000000001"),
        camera_id=CAMERA_ID,
        camera_name="Gate",
        car_id=72006,
        state=EventState.RELIABLE,
        origin=Origin.LIVE,
        plate="19ZFZL",
        country="NLD",
        confidence=0.71964,
        captured_at=WHEN,
        read_at=WHEN,
        last_seen=WHEN,
        reads=4,
        direction=Direction.IN,
        vertical=VerticalDirection.UP,
        box=Box(x=480, y=270, width=216, height=30),
        frame_width=1280,
        frame_height=720,
        processing_ms=411.0,
        lists=("black", "staff"),
    )
    return Event.model_validate(event.model_dump() | changes)


def a_delivery(*, moment: Moment = Moment.DETECT, camera: CameraCard | None = None, **event: object) -> Delivery:
    return Delivery(
        delivery_id=UUID("9a0f3c1e-0000-4000-8000-00000000000a"),
        destination_id=UUID("9a0f3c1e-0000-4000-8000-00000000000b"),
        moment=moment,
        event=an_event(**event),
        camera=camera or a_camera(),
        packet_counter=25523,
        attempt=1,
        created_at=WHEN,
    )


def a_camera(**changes: object) -> CameraCard:
    card = CameraCard(camera_id=CAMERA_ID, name="Gate", sensor_id="CAM_00166CC39D44", zone="Europe/Kyiv")
    return CameraCard.model_validate(card.model_dump() | changes)


def a_picture(width: int, height: int, form: str = ".jpg") -> bytes:
    shades = np.linspace(0, 255, width * height * 3).reshape(height, width, 3)
    return bytes(cv2.imencode(form, shades.astype(np.uint8))[1].tobytes())


def some_pictures(frame: bytes | None = None, crop: bytes | None = None) -> Pictures:
    return Pictures(
        frame=lambda: frame,
        crop=lambda: crop,
        frame_url="http://site/api/v1/events/1/frame.jpg",
        crop_url="http://site/api/v1/events/1/crop.jpg",
    )
