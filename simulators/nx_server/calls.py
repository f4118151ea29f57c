"""What a signed-in user's calls store and answer: devices, bookmarks and events, by generation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from simulators.nx_server.asked import Asked, Said, failed
from simulators.nx_server.state import Bookmark, Device, State, User, braced

Handler = Callable[[State, Asked, User], Said]


def handler(state: State, asked: Asked) -> Handler | None:
    """What answers a call in this generation, if anything does."""
    rest, parts = state.profile.rest, asked.parts[2:]
    if asked.parts[0] != "rest":
        return _create_event if asked.path == "/api/createEvent" and rest < 4 else _LEGACY.get(asked.path)
    if len(parts) >= 3 and parts[0] == "devices" and parts[2] == "bookmarks":
        return _REST_BOOKMARKS.get((asked.method, len(parts) == 4))
    if parts[:2] == ["login", "sessions"] and asked.method == "DELETE":
        return _log_out
    return {"devices": _devices, "events/generic": _generic if rest >= 4 else None}.get("/".join(parts))


def _log_out(state: State, asked: Asked, user: User) -> Said:
    return Said() if state.sessions.pop(asked.parts[4], None) else failed("notFound", "No such session")


# --- devices ---


def _described(device: Device, identity: str) -> dict[str, str]:
    told = {"id": identity, "name": device.name, "url": device.url, "mac": device.mac, "physicalId": device.physical}
    return told | {"logicalId": device.logical, "vendor": "Simulated", "typeId": str(UUID(int=3))}


def _devices(state: State, asked: Asked, user: User) -> Said:
    wanted = asked.field("_with")
    told = [_described(device, device.identity) for device in state.devices]
    return Said(document=[{k: v for k, v in one.items() if not wanted or k in wanted.split(",")} for one in told])


def _cameras_ex(state: State, asked: Asked, user: User) -> Said:
    return Said(document=[_described(device, braced(device.identity)) for device in state.devices])


# --- bookmarks, REST ---


def _number(value: object) -> int | None:
    """Times are numbers or decimal strings."""
    return int(str(value)) if isinstance(value, int | str) and str(value).isdecimal() else None


def _told(state: State, bookmark: Bookmark) -> dict[str, Any]:
    told = {
        "id": bookmark.identity, "deviceId": bookmark.device, "name": bookmark.name, "startTimeMs": bookmark.start_ms,
        "durationMs": bookmark.duration_ms, "description": bookmark.description, "tags": bookmark.tags,
    }  # fmt: skip
    # Up to v2 a field that has its default is left out.
    return {k: v for k, v in told.items() if v or state.profile.rest > 2}


def _post(state: State, asked: Asked, user: User) -> Said:
    if not user.may_bookmark:
        return failed("forbidden", "Manage bookmarks is required")
    device, said = state.device(asked.parts[3]), asked.document
    if device is None:
        return failed("notFound", "No such device")
    duration, start = _number(said.get("durationMs")), _number(said.get("startTimeMs", 0))
    if not said.get("name") or duration is None or start is None:
        return failed("missingParameter", "name and durationMs are required")
    words = (said.get("description", ""), list(said.get("tags", [])))
    bookmark = Bookmark(state.new_identity(), device.identity, said["name"], start, duration, *words)
    state.bookmarks.append(bookmark)
    return Said(document=_told(state, bookmark))


def _find(state: State, asked: Asked, user: User) -> Said:
    start, end = int(asked.field("startTimeMs", "0")), int(asked.field("endTimeMs", str(2**62)))
    if asked.parts[3] != "*" and state.device(asked.parts[3]) is None:
        return failed("notFound", "No such device")
    found = state.overlapping(asked.parts[3], start, end)[: int(asked.field("limit", "100"))]
    return Said(document=[_told(state, bookmark) for bookmark in found])


def _patch(state: State, asked: Asked, user: User) -> Said:
    bookmark, said = state.bookmark(asked.parts[5]), asked.document
    if not user.may_bookmark:
        return failed("forbidden", "Manage bookmarks is required")
    if bookmark is None:
        return failed("notFound", "No such bookmark")
    bookmark.name = said.get("name", bookmark.name)
    bookmark.description = said.get("description", bookmark.description)
    bookmark.tags = said.get("tags", bookmark.tags)
    bookmark.start_ms = _number(said.get("startTimeMs", bookmark.start_ms)) or 0
    bookmark.duration_ms = _number(said.get("durationMs", bookmark.duration_ms)) or 0
    return Said(document=_told(state, bookmark))


def _delete(state: State, asked: Asked, user: User) -> Said:
    return _removed(state, user, asked.parts[5], failed("notFound", "No such bookmark"))


def _removed(state: State, user: User, identity: str, missing: Said) -> Said:
    bookmark = state.bookmark(identity)
    if not user.may_bookmark:
        return failed("forbidden", "Manage bookmarks is required")
    if bookmark is None:
        return missing
    state.bookmarks.remove(bookmark)
    return Said()


_REST_BOOKMARKS: dict[tuple[str, bool], Handler] = {
    ("POST", False): _post, ("GET", False): _find, ("PATCH", True): _patch, ("DELETE", True): _delete,
}  # fmt: skip


# --- bookmarks, legacy ---


def _add(state: State, asked: Asked, user: User) -> Said:
    return _legacy_write(state, asked, user, is_new=True)


def _update(state: State, asked: Asked, user: User) -> Said:
    return _legacy_write(state, asked, user, is_new=False)


def _legacy_write(state: State, asked: Asked, user: User, *, is_new: bool) -> Said:
    if not user.may_bookmark:
        return failed("forbidden", "Forbidden")
    device, name, guid = state.device(asked.field("cameraId")), asked.field("name"), asked.field("guid").strip("{}")
    times = [_number(asked.field("startTime")), _number(asked.field("duration"))]
    if device is None or not name or not guid or None in times:
        return failed("missingParameter", "Missing parameter(s) or invalid parameter values", 400)
    before = state.bookmark(guid)
    if (before is None) != is_new:
        return failed("cantProcessRequest", "Can't add bookmark" if is_new else "Can't update bookmark", 400)
    if before:
        state.bookmarks.remove(before)
    tags = [value for known, value in asked.fields if known == "tag"]
    start, duration = (int(one or 0) for one in times)
    bookmark = Bookmark(guid, device.identity, name, start, duration, asked.field("description"), tags)
    state.bookmarks.append(bookmark)
    return Said()


def _list(state: State, asked: Asked, user: User) -> Said:
    device = state.device(asked.field("cameraId"))
    if device is None:
        return failed("missingParameter", "Missing parameter(s) or invalid parameter values", 400)
    start, end = int(asked.field("startTime", "0")), int(asked.field("endTime", str(2**62)))
    told = [_told(state, one) for one in state.overlapping(device.identity, start, end)]
    for one in told:
        one["guid"], one["cameraId"] = braced(one.pop("id")), braced(one.pop("deviceId"))
    return Said(document=told[: int(asked.field("limit", "100"))])


def _remove(state: State, asked: Asked, user: User) -> Said:
    missing = failed("cantProcessRequest", "Can't delete bookmark", 400)
    return _removed(state, user, asked.field("guid").strip("{}"), missing)


_LEGACY: dict[str, Handler] = {
    "/ec2/getCamerasEx": _cameras_ex, "/ec2/bookmarks": _list, "/ec2/bookmarks/add": _add,
    "/ec2/bookmarks/update": _update, "/ec2/bookmarks/delete": _remove,
}  # fmt: skip


# --- events ---

_WORDS = ("source", "caption", "description")


def _create_event(state: State, asked: Asked, user: User) -> Said:
    """Refusals come with status 200; the texts of a GET are decoded a second time."""
    if asked.method == "POST":
        said = asked.document
    else:
        said = {k: unquote(v.replace("+", "%20")) if k in _WORDS else v for k, v in asked.fields}
        said["metadata"] = json.loads(said.get("metadata", "{}"))
    if not user.may_send_events:
        return Said(document={"error": "4", "errorString": "Forbidden"})
    if not any(said.get(word) for word in _WORDS):
        return Said(document={"error": "2", "errorString": "Invalid parameter: a text is required"})
    state.events.append(said)
    return Said(document={"error": "0", "errorString": ""})


def _generic(state: State, asked: Asked, user: User) -> Said:
    said = asked.document
    if not user.may_send_events:
        return failed("forbidden", "Generate events is required")
    if said.get("state") not in ("started", "stopped", "instant"):
        return failed("invalidParameter", "Invalid parameter `state`")
    state.events.append(said)
    return Said(document={})
