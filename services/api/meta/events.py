"""An event of a site: the same document that devices push, from a sender that says everything that it may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.api.ingest import taking
from services.api.ingest.forms import json as document
from services.api.ingest.said import Arrived, Said
from shared.errors import Invalid

FORM = "meta"
"""Stands with the event as the way on which it came."""
_FILE = {"type": "string", "format": "binary"}
EVENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "the event, and the frame or the plate's crop; with both the crop comes last",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["event"],
                    "properties": {"event": _FILE, "image": _FILE, "plate": _FILE},
                }
            }
        },
    }
}


def said(parts: Arrived) -> Said:
    """What the site says, with a key of its own kind and its times in UTC. Raises Invalid."""
    (told,) = document.parse(parts)
    if told.vehicle is None:
        raise Invalid("The document tells of no plate", "plateUnicode")
    if not told.key:
        raise Invalid("The header webhook-id is missing: by it a repetition is known", "webhook-id")
    passed, read = _utc(told.vehicle.captured_at), _utc(told.vehicle.read_at)
    return taking.keyed(replace(told, vehicle=replace(told.vehicle, captured_at=passed, read_at=read)), FORM, parts)


def source_of(told: Said) -> str:
    """The id of the source whose event it is. Raises Invalid."""
    if not told.device:
        raise Invalid("sensorProviderID is missing: it is the id of a registered source", "sensorProviderID")
    return told.device[0]


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
