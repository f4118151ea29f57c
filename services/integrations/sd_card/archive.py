"""Reads back what is on a card, for who wants it in a database again; believes nothing that does not add up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from services.integrations.sd_card.card import HOME
from services.integrations.sd_card.message import FORMAT, VERSION
from shared.errors import Missing, PlatewireError
from shared.messages import Event


class Damaged(PlatewireError):
    """A document on a card, or a picture of it, is not what was written."""


@dataclass(frozen=True)
class Archived:
    """One event as it is on the card; a picture that is missing is None."""

    event: Event
    frame: bytes | None
    crop: bytes | None


def documents(folder: Path) -> list[Path]:
    """The documents on a card, oldest first. Raises Missing when the folder is none."""
    home = folder / HOME if (folder / HOME).is_dir() else folder
    found = sorted(home.glob("*/*/*.json"))
    if not found and home.name != HOME:
        raise Missing("card with events in", folder)
    return found


def read(path: Path) -> Archived:
    """One event with its pictures. Raises Damaged."""
    try:
        document = json.loads(path.read_bytes())
        if (document["format"], document["version"]) != (FORMAT, VERSION):
            raise Damaged(f"{path.name} is of another format or a newer version")
        event = Event.model_validate(document["event"])
        pictures = dict(_pictures(path, document["pictures"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise Damaged(f"{path.name} cannot be understood ({type(error).__name__})") from None
    return Archived(event, pictures.get("frame"), pictures.get("plate"))


def _pictures(path: Path, listed: dict[str, dict[str, str]]) -> Iterator[tuple[str, bytes]]:
    for kind, about in listed.items():
        picture = path.with_name(Path(about["file"]).name)
        if not picture.is_file():
            continue
        data = picture.read_bytes()
        if hashlib.sha256(data).hexdigest() != about["sha256"]:
            raise Damaged(f"{picture.name} is not the picture that was written")
        yield kind, data
