"""Puts our events into what the camera behind a proxy tells; pure.

What cannot be understood is left as it is, except that ours must be told: then None, and the caller tells ours alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from services.integrations.ssm import documents
from services.integrations.ssm.message import Document, State, one_line
from services.integrations.ssm.profile import Profile
from services.integrations.ssm.status import Wanted, snapshot, snapshot_document

_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_EVENT_NUMBER = re.compile(r"^EventStatus\.(\d+)\.", re.MULTILINE)
_ENTRY_NUMBER = re.compile(r"^\w+\.(\d+)\.", re.MULTILINE)


def parsed(text: str) -> Document | None:
    """A JSON object, also one with commas too many, as some apps write them; None when it is none."""
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            found = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


def refused(text: str) -> bool:
    """Whether an answer with status 200 is an error."""
    document = parsed(text) if text.lstrip().startswith("{") else None
    return text.lstrip().startswith("NG") or bool(document and document.get("Response") == "Fail")


def status(theirs: str, states: list[State], wish: Wanted, profile: Profile, now: datetime) -> str | None:
    """The body of a full status with both devices' events; None when theirs cannot be read."""
    if refused(theirs):
        return None
    if not wish.json:
        ours = snapshot(states, _without_time(wish), profile, now)
        return profile.wire.line_end.join([*_lines(theirs), *_lines(ours)])
    document = parsed(theirs)
    if document is None:
        return None
    ours_told = snapshot_document(states, _without_time(wish), profile, now)
    if wish.schema_based:
        document["EventStatus"] = [*_listed(document.get("EventStatus")), *ours_told["EventStatus"]]
        return one_line(document)
    document["ChannelEvent"] = _channels(_listed(document.get("ChannelEvent")), ours_told["ChannelEvent"])
    return one_line(document)


def forwarded(theirs: str, profile: Profile) -> str:
    """A part of the camera's in the form of ours: one line of JSON, or lines with our line ends."""
    if theirs.lstrip().startswith("{"):
        document = parsed(theirs)
        return " ".join(theirs.split()) if document is None else one_line(document)
    return profile.wire.line_end.join(_lines(theirs))


def _without_time(wish: Wanted) -> Wanted:
    return Wanted(wish.action, wish.channels, wish.schema_based, wish.json)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _channels(theirs: list[Any], ours: list[Document]) -> list[Any]:
    """Ours go into the entries of their channels, beside what other apps tell there."""
    known = {entry["Channel"]: entry for entry in theirs if isinstance(entry, dict) and "Channel" in entry}
    merged = list(theirs)
    for entry in ours:
        if (place := known.get(entry["Channel"])) is None:
            merged.append(entry)
        else:
            apps = place.get("OpenSDK")
            place["OpenSDK"] = (apps if isinstance(apps, dict) else {}) | entry["OpenSDK"]
    return merged


def schema_json(theirs: Document, profile: Profile) -> Document:
    """Into {"type": "array", "items": [...]}; a single item becomes the first of several."""
    items = theirs.get("items")
    known = items if isinstance(items, list) else [items] if items else []
    return {"type": "array"} | theirs | {"items": [*known, documents.event_schema(profile)]}


def schema_text(theirs: str, profile: Profile) -> str:
    number = 1 + max(map(int, _EVENT_NUMBER.findall(theirs)), default=0)
    return _joined([*_lines(theirs), *documents.event_schema_lines(profile, number)], profile)


def listed(key: str, entries: list[Document]) -> Callable[[Document], Document]:
    """Appends entries to the list `key` of a document."""
    return lambda theirs: theirs | {key: [*_listed(theirs.get(key)), *entries]}


def listed_text(key: str, entries: list[Document], profile: Profile) -> Callable[[str], str]:
    def append(theirs: str) -> str:
        first = 1 + max(map(int, _ENTRY_NUMBER.findall(theirs)), default=0)
        return _joined([*_lines(theirs), *documents.numbered_lines(key, entries, first)], profile)

    return append


def apps_json(theirs: Document, profile: Profile) -> Document:
    known = [app for app in _listed(theirs.get("Apps")) if isinstance(app, dict) and app.get("AppID") != profile.app.id]
    apps = [*known, documents.installed_app(profile)]
    return theirs | {"InstalledApps": len(apps), "Apps": apps}


def apps_text(theirs: str, profile: Profile) -> str:
    others = [line for line in _lines(theirs) if not line.startswith(f"{profile.app.id}.")]
    kept = [line for line in others if not line.startswith("InstalledApps=")]
    count = 1 + len({line.split(".")[0] for line in kept if "." in line.split("=")[0]})
    return _joined([f"InstalledApps={count}", *kept, *documents.installed_app_lines(profile)], profile)


def attributes(theirs: bytes, profile: Profile) -> bytes | None:
    """The camera's whole document of attributes and cgis, or of one of them; None when it is no such document."""
    root = element(theirs)
    if root is None or root.tag not in ("capabilities", "attributes", "cgis"):
        return None
    for found in [root] if root.tag == "attributes" else root.findall("attributes"):
        documents.add_attributes(found)
    documents.add_event_types(root, profile)
    return documents.xml(root)


def element(text: bytes) -> ET.Element | None:
    """XML without a document type, which could hold bombs; None when it is none."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return None
    try:
        return ET.fromstring(text)
    except ET.ParseError:
        return None


def _joined(lines: list[str], profile: Profile) -> str:
    return profile.wire.line_end.join(lines)
