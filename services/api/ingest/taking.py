"""Takes a push apart, finds the camera that it belongs to, and puts it into the inbox."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from services.api.access import Identity, check_camera
from services.api.cameras.queries import source_of
from services.api.deps import State
from services.api.ingest.said import Arrived, File, Said, Vehicle
from shared import pushes
from shared.cameras import CameraSettings, PushSource
from shared.clock import now
from shared.db.tables import Camera
from shared.errors import Invalid, Missing
from shared.pushes import Push

MAX_BODY = 32 * 1024 * 1024
"""As much as FF Group's own receiver takes: two full frames of 4K."""
MOST_FILES, MOST_FIELDS = 16, 64
MOST_FIELD = 1024 * 1024
_DECODING = threading.BoundedSemaphore(4)
"""Messages whose pictures are decoded at the same time; each may take 150 MB."""
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "what the device sends; which forms there are is told in docs/ingest.md",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def arrived(request: Request) -> Arrived:
    """The parts of the request, whatever they are called."""
    headers = tuple((name.lower(), value) for name, value in request.headers.items())
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return Arrived((File("", "", kind, await request.body()),), headers=headers)
    files, fields = list[File](), list[tuple[str, str]]()
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files.append(File(name, value.filename or "", value.content_type or "", await value.read()))
            else:
                fields.append((name, value))
    return Arrived(tuple(files), tuple(fields), headers)


Parts = Annotated[Arrived, Depends(arrived)]


def take(session: Session, site: State, who: Identity, camera: Camera, said: Said) -> bool:
    """Stores one message of the camera's device; False when it came before, or tells of no vehicle."""
    check_camera(who, camera.id)
    if said.vehicle is None:
        pushes.hear(session, camera.id, said.sent_at)
        return False
    settings = CameraSettings.model_validate(camera.settings)
    with _DECODING:
        push = pushes.with_pictures(_push(said, said.vehicle, settings), said.pictures, site.media)
    return pushes.store(session, camera.id, push, said.sent_at)


def keyed(said: Said, form: str, parts: Arrived) -> Said:
    """The message with a key of this form: the sender's own, or what its bytes come to."""
    if not said.key:
        digest = hashlib.sha256(repr(said.vehicle).encode())
        for file in parts.files:
            digest.update(file.data)
        for name, value in parts.fields:
            digest.update(f"{name}={value}".encode())
        return replace(said, key=f"{form}:{digest.hexdigest()[:40]}")
    return replace(said, key=f"{form}:{said.key}"[:128])


def camera_of(session: Session, site: State, who: Identity, asked: str, device: tuple[str, ...]) -> Camera:
    """The camera that is asked for by id or name, else the one that knows this device. Raises Missing, Invalid."""
    known = [row for row in _push_cameras(session) if who.cameras is None or row.id in who.cameras]
    if asked:
        found = [row for row in known if asked in (str(row.id), row.name)]
    else:
        names = {name.casefold() for name in device}
        found = [row for row in known if names & set(_names(site, row))]
        if not found and not device and len(known) == 1:
            found = known
    if len(found) > 1:
        raise Invalid("Several cameras know this device: name one in the address, as ?camera=Gate", "camera")
    if not found:
        what = f"camera {asked[:64]}" if asked else f"device {', '.join(device)[:64] or 'without a name'}"
        raise Missing("camera of kind push for", what)
    return found[0]


def _push_cameras(session: Session) -> list[Camera]:
    return list(session.scalars(select(Camera).where(Camera.kind == "push", Camera.enabled).order_by(Camera.name)))


def _names(site: State, row: Camera) -> Iterator[str]:
    source = source_of(site.vault, row)
    device = source.device if isinstance(source, PushSource) else ""
    sensor = CameraSettings.model_validate(row.settings).sensor_id
    return (name.casefold() for name in (device, sensor, row.name) if name)


def _push(said: Said, vehicle: Vehicle, settings: CameraSettings) -> Push:
    zone = ZoneInfo(settings.zone)
    passed = _utc(vehicle.captured_at, zone) or now()
    return Push(
        key=said.key,
        form=said.key.partition(":")[0],
        car=vehicle.car,
        state=vehicle.state,
        plate=pushes.plate_of(vehicle.plate),
        country=vehicle.country,
        region=vehicle.region,
        confidence=vehicle.confidence,
        captured_at=passed,
        read_at=_utc(vehicle.read_at, zone) or passed,
        direction=vehicle.direction,
        vertical=vehicle.vertical,
        zone=min(max(vehicle.zone, 1), 32_767),
        processing_ms=vehicle.processing_ms,
    )


def _utc(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise Invalid("This is no time of our days", "datetime") from None
