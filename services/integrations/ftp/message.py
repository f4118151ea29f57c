"""A delivery as files on a server; pure. Whatever a camera or a plate is called, it stays one part of a path."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from services.integrations.ftp.settings import Settings
from shared.integration import Pictures
from shared.messages import Delivery
from shared.wording import fill, one_line, values_of

_FORBIDDEN = re.compile(r'[/\\:*?"<>|\s]+')
"""In a name on some system or other."""


@dataclass(frozen=True)
class Upload:
    """Files for one folder, in the order in which they are put there: the document last."""

    folder: tuple[str, ...]
    files: dict[str, bytes]


def build(delivery: Delivery, pictures: Pictures, settings: Settings) -> Upload:
    """The same delivery gives the same names at each try."""
    values = values_of(delivery, pictures)
    folder = tuple(part for part in fill(settings.folder, values, _part).split("/") if part)
    stem = fill(settings.name, values, _part).replace("/", "_")
    frame = pictures.frame() if settings.files != "crop" else None
    crop = pictures.crop() if settings.files != "frame" else None
    files = {f"{stem}.jpg": frame, f"{stem}_plate.jpg": crop}
    present = {name: data for name, data in files.items() if data}
    if settings.files == "all":
        present[f"{stem}.json"] = _document(delivery, list(present))
    return Upload(folder, present)


def _document(delivery: Delivery, pictures: list[str]) -> bytes:
    document = {
        "moment": delivery.moment.value,
        "pictures": pictures,
        "event": delivery.event.model_dump(mode="json"),
        "camera": delivery.camera.name,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _part(value: str) -> str:
    plain = _FORBIDDEN.sub("_", one_line(value)).strip("._")
    return plain[:80] or "_"
