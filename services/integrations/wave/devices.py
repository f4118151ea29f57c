"""Which device of a server a camera of ours is: by id, MAC, address, logical id or name, unique or refused; pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shared.errors import Reject
from shared.messages import CameraCard

SHOWN = 5


@dataclass(frozen=True)
class Device:
    """A camera, or one channel of an encoder, as the server lists it; ids without braces."""

    identity: str
    name: str
    address: str
    mac: str
    physical: str
    logical: str


Kind = tuple[str, Callable[[Device], str], Callable[[str], str]]
"""In words, what of a device is compared, and how what was entered is brought into its form."""


def _plain(text: str) -> str:
    return text.strip().casefold()


def _digits(text: str) -> str:
    """A MAC or id however it is written: 00-16-6C…, 00:16:6c…, {0016…}, CAM_00166C…; anything else is none."""
    text = _plain(text).removeprefix("cam_")
    return re.sub(r"[^0-9a-z]", "", text) if re.fullmatch(r"[0-9a-z{}:_-]+", text) else ""


def _address(text: str) -> str:
    """The host of a URL or address, in one form."""
    text = text.strip()
    with suppress(ValueError):
        return str(ipaddress.ip_address(text))
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    return host


ID: Kind = ("id", lambda device: _digits(device.identity), _digits)
PHYSICAL: Kind = ("physical id", lambda device: _digits(device.physical), _digits)
MAC: Kind = ("MAC", lambda device: _digits(device.mac), _digits)
ADDRESS: Kind = ("address", lambda device: device.address, _address)
LOGICAL: Kind = ("logical id", lambda device: _plain(device.logical), _plain)
NAME: Kind = ("name", lambda device: _plain(device.name), _plain)


def devices(document: Any) -> list[Device]:
    """The devices in a server's answer. Raises ValueError when it is no such list."""
    items = document.get("reply") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise ValueError("no list of devices")
    return [_device(item) for item in items if isinstance(item, dict) and item.get("id")]


def match(known: Sequence[Device], card: CameraCard, chosen: str = "") -> Device:
    """The device of a camera: the one that was chosen for it, else by its address, its sensor ID, its name.

    Raises:
        Reject: there is none, or more than one; the sentence says what to enter.
    """
    if chosen:
        return named(known, card.name, chosen)
    tried: list[tuple[Kind, str]] = [(ADDRESS, card.address)]
    tried += [(kind, card.sensor_id) for kind in (ID, PHYSICAL, MAC)]
    found = _first(known, card.name, [*tried, (NAME, card.name)])
    if found is None:
        told = [text for text in (card.address, card.sensor_id, card.name) if text]
        raise Reject(
            f"None of the server's {len(known)} devices is {' or '.join(told)}:"
            f" enter the device of camera {card.name} under Cameras"
        )
    return found


def named(known: Sequence[Device], camera: str, chosen: str) -> Device:
    """The device that an installer chose for a camera, in whatever way it is named. Raises Reject."""
    kinds = (ID, PHYSICAL, MAC, ADDRESS, LOGICAL, NAME)
    found = _first(known, camera, [(kind, chosen) for kind in kinds])
    if found is None:
        raise Reject(f"None of the server's {len(known)} devices is {chosen}, which camera {camera} is mapped to")
    return found


def _first(known: Sequence[Device], camera: str, tried: Sequence[tuple[Kind, str]]) -> Device | None:
    """The first comparison that finds something decides."""
    for (words, of_device, as_form), text in tried:
        wanted = as_form(text)
        found = [device for device in known if wanted and of_device(device) == wanted]
        if len(found) > 1:
            names = ", ".join(f"{device.name} ({device.identity})" for device in found[:SHOWN])
            raise Reject(
                f"{len(found)} devices have the {words} {text}: {names};"
                f" enter the id of the right one for camera {camera} under Cameras"
            )
        if found:
            return found[0]
    return None


def _device(item: dict[str, Any]) -> Device:
    def text(name: str) -> str:
        return str(item.get(name) or "")

    return Device(
        identity=text("id").strip("{}"),
        name=text("name"),
        address=_address(text("url")),
        mac=text("mac"),
        physical=text("physicalId"),
        logical=text("logicalId"),
    )
