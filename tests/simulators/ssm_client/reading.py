"""How known clients cut a stream into payloads, and what a payload tells of plates."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

PERSONALITIES = ("strict", "braces", "text")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
TT = "xmlns:tt='http://www.onvif.org/ver10/schema'"


@dataclass(frozen=True)
class Seen:
    """One thing that a stream told of a channel's event; `form` is gen1, meta, gen2, plain or schema."""

    form: str
    channel: int
    state: bool | None
    plate: str = ""
    time: str = ""


class Reader:
    """Cuts a stream into payloads as one personality does."""

    def __init__(self, personality: str, content_type: str) -> None:
        self.personality = personality
        # Neither quotes nor parameters after it are looked for.
        self.mark = "--" + content_type.split("boundary=", 1)[1]
        self.buffer = ""

    def feed(self, data: str) -> list[str]:
        self.buffer += data
        return {"strict": self._strict, "braces": self._braces, "text": self._text}[self.personality]()

    def _strict(self) -> list[str]:
        """A payload is whole when its line ends; whatever else stands in a part is payload too."""
        found = []
        while "\r\n" in self.buffer:
            line, self.buffer = self.buffer.split("\r\n", 1)
            if line and line != self.mark and not line.startswith("Content-Type:"):
                found.append(line)
        return found

    def _braces(self) -> list[str]:
        lines = self.buffer.split("\n")
        kept = [line for line in lines if not line.lower().startswith("content-type") and not line.startswith("--")]
        text, found, depth, begin = "\n".join(kept), [], 0, 0
        whole = 0
        for place, letter in enumerate(text):
            if letter == "{":
                begin = place if depth == 0 else begin
                depth += 1
            elif letter == "}":
                depth -= 1
                if depth == 0:
                    found.append(text[begin : place + 1])
                    whole = place + 1
        self.buffer = text[whole:] if found else self.buffer
        return found

    def _text(self) -> list[str]:
        *lines, self.buffer = self.buffer.split("\n")
        return [line.strip() for line in lines if line.count("=") == 1]


def seen_in(payload: str) -> list[Seen]:
    """What a payload tells of plates; other events are left out."""
    if payload.startswith("{"):
        return [one for entry in json.loads(payload).get("EventStatus", []) for one in _entry(entry)]
    found = re.fullmatch(r"Channel\.(\d+)\.OpenSDK\.\w+\.\w+(\.\d+)?(?:\.(\w+))?=(.*)", payload)
    if not found or (found[3] and found[3] != "LicensePlateNumber"):
        return []
    form = "schema" if found[2] else "plain"
    if found[3]:
        return [Seen(form, int(found[1]), None, found[4])]
    return [Seen(form, int(found[1]), found[4] == "True")]


def _entry(entry: dict[str, Any]) -> list[Seen]:
    name, source, data = entry["EventName"], entry["Source"], entry["Data"]
    if not name.startswith("OpenSDK"):
        return []
    if source["Type"] == "Meta":
        message = ET.fromstring(data["Info"].replace("<tt:Message>", f"<tt:Message {TT}>", 1))
        items = {item.get("Name"): item.get("Value", "") for item in message.iter() if item.get("Name")}
        return [Seen("meta", source["Channel"], None, items["LicensePlateNumber"] or "", entry["Time"])]
    form = "gen1" if name == "OpenSDK" else "gen2"
    return [Seen(form, source["Channel"], data["State"], data.get("LicensePlateNumber", ""), entry["Time"])]


def assert_pulses(states: list[Seen]) -> None:
    """A snapshot, then differences only: no state comes twice in a row, and JSON's times are in UTC."""
    told = [one for one in states if one.state is not None]
    assert told[0].state is False
    assert all(before.state is not after.state for before, after in pairwise(told)), told
    assert all(TIME.fullmatch(one.time) for one in states if one.form in ("gen1", "gen2", "meta"))
