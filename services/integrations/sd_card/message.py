"""A delivery as the files that a card gets; pure.

2026-11-27/14/140207_AA1234BB_1f0c9d3e7a52.json   what is known of the event
              140207_AA1234BB_1f0c9d3e7a52.jpg    the frame
              140207_AA1234BB_1f0c9d3e7a52_plate.jpg
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.messages import Delivery
from shared.push_document import ascii_plate

FORMAT, VERSION = "platewire-card", 1
PLATE = "_plate"


@dataclass(frozen=True)
class CardFiles:
    """Files of one event. The document is written last: with it the event is on the card.

    Attributes:
        hour: the folder below the card's, of the camera's local time.
        mark: the part of all names that only this event has.
    """

    hour: str
    mark: str
    pictures: dict[str, bytes]
    document_name: str
    document: bytes


def build(delivery: Delivery, frame: bytes | None, crop: bytes | None) -> CardFiles:
    """The same delivery gives the same files at each try; a later moment of its event replaces them."""
    event = delivery.event
    local = event.captured_at.astimezone(ZoneInfo(delivery.camera.zone))
    mark = event.event_id.hex[:12]
    stem = f"{local:%H%M%S}_{ascii_plate(event.plate) or 'unread'}_{mark}"
    pictures = {f"{stem}.jpg": frame, f"{stem}{PLATE}.jpg": crop}
    present = {name: data for name, data in pictures.items() if data}
    return CardFiles(
        hour=hour_of(local), mark=mark, pictures=present, document_name=f"{stem}.json",
        document=_document(delivery, local, present),
    )  # fmt: skip


def hour_of(local: datetime) -> str:
    return f"{local:%Y-%m-%d/%H}"


def _document(delivery: Delivery, local: datetime, pictures: dict[str, bytes]) -> bytes:
    document = {
        "format": FORMAT,
        "version": VERSION,
        "local_time": local.isoformat(),
        "pictures": {
            "plate" if name.endswith(f"{PLATE}.jpg") else "frame": {
                "file": name,
                "sha256": hashlib.sha256(data).hexdigest(),
            }
            for name, data in pictures.items()
        },
        "moment": delivery.moment.value,
        "event": delivery.event.model_dump(mode="json"),
        "camera": delivery.camera.model_dump(mode="json"),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
