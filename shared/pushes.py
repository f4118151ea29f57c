"""The inbox for devices that read plates themselves: what they push is stored before it is answered.

Whoever receives (services/api/ingest, services/api/meta) validates and stores; the reactor makes events of it, in the
order of arrival for each camera, with the lists and rules of all others. The inbox is a table, so that losing Redis
loses nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import cv2
import numpy as np
from pydantic import Field
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.clock import now
from shared.db.tables import PushContact, PushRow
from shared.errors import Invalid
from shared.geometry import Box
from shared.media import MediaStore
from shared.messages import Direction, Message, Share, Utc, VerticalDirection
from shared.pictures import decode
from shared.plates import normalise

AHEAD = timedelta(seconds=60)
"""A device whose clock is further ahead is not believed: its vehicles get the time of arrival."""
LONGEST_PLATE = 16
JPEG_QUALITY = 90


class Push(Message):
    """What a device says of one vehicle at one moment.

    `car` is the device's number of the vehicle, the same in all its messages; without one, a push is all that will ever
    be said of that vehicle.
    """

    kind: Literal["push"] = "push"
    version: Literal[1] = 1
    key: str = Field(min_length=1, max_length=128, description="names this message; a repetition has the same")
    form: str = Field(description="in which form it came: the name of its adapter")
    car: str = Field(default="", max_length=64)
    state: Literal["new", "update", "lost"] = "new"
    plate: str = Field(description="in normal form")
    country: str = Field(default="", description="ISO alpha-3, empty when unknown")
    region: str = ""
    confidence: Share = 1.0
    captured_at: Utc
    read_at: Utc
    direction: Direction = Direction.UNKNOWN
    vertical: VerticalDirection = VerticalDirection.UNKNOWN
    zone: Annotated[int, Field(ge=1, le=32_767)] = 1
    box: Box = Field(default=Box(x=0, y=0, width=0, height=0), description="of the plate on the frame, else the crop")
    frame_width: int = 0
    frame_height: int = 0
    frame_key: str = ""
    crop_key: str = ""
    processing_ms: Annotated[float, Field(ge=0)] = 0.0


@dataclass(frozen=True)
class PushedPictures:
    """What came along, as files; `box` is where the plate is on the frame, if the device says so."""

    frame: bytes = b""
    crop: bytes = b""
    box: Box | None = None


def plate_of(text: str) -> str:
    """The normal form of what a device calls a plate. Raises Invalid when it cannot be one."""
    plate = normalise(text)
    if not plate.isalnum() or len(plate) > LONGEST_PLATE:
        raise Invalid(f"A plate has 1 to {LONGEST_PLATE} letters and digits", "plate")
    return plate


def with_pictures(push: Push, pictures: PushedPictures, media: MediaStore) -> Push:
    """The push with its pictures in the store. Raises BadPicture for files that are none, or too large."""
    if not pictures.frame and not pictures.crop:
        return push
    stem, changes = f"push-{hashlib.sha256(push.key.encode()).hexdigest()[:24]}", dict[str, object]()
    crop, box = pictures.crop, pictures.box
    shown = decode(pictures.frame or crop)
    height, width = shown.shape[:2]
    changes |= {"frame_width": width, "frame_height": height}
    if pictures.frame:
        place = box.clamp(width, height) if box else Box(x=0, y=0, width=0, height=0)
        changes |= {"box": place, "frame_key": media.put(_jpeg(pictures.frame, shown), stem, push.read_at)}
        if not crop and place.area:
            cut = place.grow(0.25).clamp(width, height)
            crop = _encoded(shown[cut.y : cut.y + cut.height, cut.x : cut.x + cut.width])
    else:
        changes["box"] = Box(x=0, y=0, width=width, height=height)
    if crop:
        changes["crop_key"] = media.put(_jpeg(crop, decode(crop)), f"{stem}-crop", push.read_at)
    return push.model_copy(update=changes)


def store(session: Session, camera_id: UUID, push: Push, sent_at: datetime | None = None) -> bool:
    """Puts a push into the inbox of its camera; False when the same one came before.

    Args:
        sent_at: what the device's clock said when it sent this, if that is known; it tells how wrong the clock is.
    """
    moment = now()
    if push.captured_at > moment + AHEAD:
        push = push.model_copy(update={"captured_at": moment, "read_at": moment})
    hear(session, camera_id, sent_at)
    statement = insert(PushRow).values(camera_id=camera_id, key=push.key, push=push.model_dump(mode="json"))
    statement = statement.on_conflict_do_nothing(index_elements=["camera_id", "key"])
    return session.scalar(statement.returning(PushRow.id)) is not None


def hear(session: Session, camera_id: UUID, sent_at: datetime | None = None) -> None:
    """Notes that the device is alive, as by a message that tells of no vehicle."""
    skew = None if sent_at is None else (sent_at - now()).total_seconds()
    statement = insert(PushContact).values(camera_id=camera_id, heard_at=func.now(), clock_skew=skew)
    changed = {"heard_at": func.now()} | ({} if skew is None else {"clock_skew": skew})
    session.execute(statement.on_conflict_do_update(index_elements=["camera_id"], set_=changed))


def _jpeg(data: bytes, pixels: np.ndarray) -> bytes:
    """A JPEG as it came, everything else as one."""
    return data if data.startswith(b"\xff\xd8\xff") else _encoded(pixels)


def _encoded(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
