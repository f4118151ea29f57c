"""Dahua's ITSAPI as its cameras post it (`NotificationInfo/TollgateInfo`), and its `KeepAlive`.

From public code that receives it, not from a device: JSON with `Picture`, in it `Plate`, `SnapInfo` and pictures in
base64 (`NormalPic` the frame, `CutoutPic` the plate). Times are by the camera's clock without an offset; `Obverse` is
towards the camera. The scale of `BoundingBox` is not public, so the plate's place on the frame stays unknown.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.api.ingest.forms.json import document_of
from services.api.ingest.said import Arrived, Said, Vehicle
from shared.errors import Invalid
from shared.messages import VerticalDirection
from shared.plates import normalise
from shared.pushes import PushedPictures

_WAYS = {"obverse": VerticalDirection.DOWN, "reverse": VerticalDirection.UP}


def parse(arrived: Arrived) -> tuple[Said, ...]:
    """Raises Invalid for a body that is not JSON."""
    document = document_of(arrived)
    picture = _inside(document, "Picture")
    plate, snap = _inside(picture, "Plate"), _inside(picture, "SnapInfo")
    names = (snap.get("DeviceID"), document.get("DeviceID"), document.get("DeviceId"), document.get("SerialNo"))
    device = tuple(str(name) for name in names if name)
    text = normalise(str(plate.get("PlateNumber") or ""))
    if not text:
        return (Said(device),)
    moment = _moment(snap, "AccurateTime", "SnapTime")
    vehicle = Vehicle(
        plate=text,
        captured_at=moment,
        read_at=moment,
        vertical=_WAYS.get(str(snap.get("Direction")).lower(), VerticalDirection.UNKNOWN),
        zone=_zone(snap.get("LanNo")),
    )
    pictures = PushedPictures(frame=_decoded(picture, "NormalPic"), crop=_decoded(picture, "CutoutPic"))
    return (Said(device, vehicle, pictures),)


def _inside(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _moment(snap: Mapping[str, Any], *names: str) -> datetime | None:
    for name in names:
        try:
            return datetime.fromisoformat(str(snap.get(name)))
        except ValueError:
            continue
    return None


def _zone(lane: object) -> int:
    """Lanes count from 0 here, zones from 1."""
    return int(lane) + 1 if isinstance(lane, int) and 0 <= lane < 1000 else 1


def _decoded(picture: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(str(_inside(picture, name).get("Content") or ""), validate=False)
    except (binascii.Error, ValueError):
        raise Invalid(f"{name}.Content is not base64", name) from None
