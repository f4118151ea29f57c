"""How each generation of servers wants to be asked: legacy calls up to 4.x, REST v1 to v4 since 5.0; pure.

Servers read a query as QUrlQuery does, to which `+` is no space: a space is always %20.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from services.integrations.wave.message import Bookmark, GenericEvent, milliseconds

NEWEST = 4
"""The newest REST version that we speak; servers keep the older ones."""
AROUND_MS = 1000
MOST_FOUND = 1000


@dataclass(frozen=True)
class Call:
    """One request: its target as it goes out, and its JSON body if it has one."""

    method: str
    target: str
    body: bytes | None = None


@dataclass(frozen=True)
class Stored:
    """A bookmark as the server has it."""

    identity: str
    name: str
    description: str
    duration_ms: int


class Dialect(Protocol):
    """The requests of one generation. `device` is a device's id without braces."""

    @property
    def title(self) -> str: ...

    def devices(self) -> Call: ...

    def add(self, device: str, bookmark: Bookmark) -> Call: ...

    def change(self, device: str, stored: Stored, bookmark: Bookmark) -> Call: ...

    def remove(self, identity: str) -> Call: ...

    def around(self, device: str, bookmark: Bookmark) -> Call:
        """Asks for the device's bookmarks at this one's beginning."""

    def event(self, device: str, event: GenericEvent) -> Call: ...


@dataclass(frozen=True)
class Legacy:
    """Servers up to 4.x: everything is a GET, events apart."""

    title: str = "legacy API"

    def devices(self) -> Call:
        return Call("GET", "/ec2/getCamerasEx")

    def add(self, device: str, bookmark: Bookmark) -> Call:
        return _get("/ec2/bookmarks/add", _fields(f"{{{bookmark.guid}}}", device, bookmark))

    def change(self, device: str, stored: Stored, bookmark: Bookmark) -> Call:
        return _get("/ec2/bookmarks/update", _fields(stored.identity, device, bookmark))

    def remove(self, identity: str) -> Call:
        return _get("/ec2/bookmarks/delete", [("guid", identity)])

    def around(self, device: str, bookmark: Bookmark) -> Call:
        start = bookmark.start_ms
        range_ = [("startTime", start), ("endTime", start + AROUND_MS), ("limit", MOST_FOUND)]
        return _get("/ec2/bookmarks", [("cameraId", device), *range_])

    def event(self, device: str, event: GenericEvent) -> Call:
        return _create_event(device, event)


@dataclass(frozen=True)
class Rest:
    """Servers since 5.0."""

    version: int

    @property
    def title(self) -> str:
        return f"REST v{self.version}"

    def devices(self) -> Call:
        # A full list holds kilobytes about each device.
        fields = "?_with=id,name,url,mac,physicalId,logicalId" if self.version >= NEWEST else ""
        return Call("GET", f"/rest/v{self.version}/devices{fields}")

    def add(self, device: str, bookmark: Bookmark) -> Call:
        return _json("POST", self._bookmarks(device), {**_told(bookmark), "startTimeMs": bookmark.start_ms})

    def change(self, device: str, stored: Stored, bookmark: Bookmark) -> Call:
        target = f"{self._bookmarks(device)}/{quote(stored.identity, safe='')}"
        return _json("PATCH", target, {**_told(bookmark), "startTimeMs": bookmark.start_ms})

    def remove(self, identity: str) -> Call:
        return Call("DELETE", f"{self._bookmarks('*')}/{quote(identity, safe='')}")

    def around(self, device: str, bookmark: Bookmark) -> Call:
        start = bookmark.start_ms
        range_ = [("startTimeMs", start), ("endTimeMs", start + AROUND_MS), ("limit", MOST_FOUND)]
        return _get(self._bookmarks(device), range_)

    def event(self, device: str, event: GenericEvent) -> Call:
        if self.version < NEWEST:
            return _create_event(device, event)
        at = f"{event.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        document = {"state": "instant", "timestamp": at, **_words(event), "deviceIds": [device]}
        return _json("POST", f"/rest/v{self.version}/events/generic", document)

    def _bookmarks(self, device: str) -> str:
        return f"/rest/v{self.version}/devices/{quote(device, safe='*')}/bookmarks"


def stored_bookmarks(document: Any) -> list[Stored]:
    """What a server of any generation answers to `around`; fields that have their default may be missing."""
    items = document.get("reply") if isinstance(document, dict) else document
    return [_stored(item) for item in items or () if isinstance(item, dict)]


def _stored(item: dict[str, Any]) -> Stored:
    duration = item.get("durationMs", item.get("duration", 0))
    return Stored(
        str(item.get("id") or item.get("guid", "")),
        str(item.get("name", "")),
        str(item.get("description", "")),
        int(duration) if str(duration).isdecimal() else 0,
    )


def _fields(guid: str, device: str, bookmark: Bookmark) -> list[tuple[str, object]]:
    """The short names of the times are the ones that every legacy server knows."""
    said = [("name", bookmark.name), ("description", bookmark.description)]
    times = [("startTime", bookmark.start_ms), ("duration", bookmark.duration_ms)]
    return [("guid", guid), ("cameraId", device), *said, *times, *(("tag", tag) for tag in bookmark.tags)]


def _told(bookmark: Bookmark) -> dict[str, object]:
    return {
        "name": bookmark.name,
        "description": bookmark.description,
        "durationMs": bookmark.duration_ms,
        "tags": list(bookmark.tags),
    }


def _create_event(device: str, event: GenericEvent) -> Call:
    """As a POST: to a GET the server decodes the texts twice, which spoils + and %."""
    document = {**_words(event), "timestamp": str(milliseconds(event.at)), "metadata": {"cameraRefs": [device]}}
    return _json("POST", "/api/createEvent", document)


def _words(event: GenericEvent) -> dict[str, str]:
    return {"source": event.source, "caption": event.caption, "description": event.description}


def _get(path: str, fields: Sequence[tuple[str, object]]) -> Call:
    return Call("GET", f"{path}?{urlencode(fields, quote_via=quote, safe='')}")


def _json(method: str, target: str, document: Mapping[str, object]) -> Call:
    return Call(method, target, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
