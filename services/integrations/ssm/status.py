"""What a request for eventstatus wants, and the parts that answer it; pure.

A part is exactly `--boundary`, one Content-Type, an empty line, the body and a line end: readers exist that take any
other header for the body, and that hold a part back which does not end its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from services.integrations.ssm.message import (
    Document,
    State,
    events,
    one_line,
    plain_json,
    plain_line,
    schema_lines,
    stamp,
)
from services.integrations.ssm.profile import Profile

Action = Literal["check", "monitor", "monitordiff"]
ACTIONS = ("check", "monitor", "monitordiff")
_EVENT_TYPE = re.compile(r"channel\.(\d+|\*|#)\.eventtype")
_OTHERS = ("alarminput", "alarmoutput", "systemevent")


@dataclass(frozen=True)
class Wanted:
    """One consumer's wish.

    Attributes:
        channels: None is every channel; empty is none of our events.
        period: seconds between the full states of `monitor`.
    """

    action: Action
    channels: frozenset[int] | None = None
    schema_based: bool = False
    json: bool = False
    timestamp: bool = False
    period: float = 1.0

    def covers(self, channel: int) -> bool:
        return self.channels is None or channel in self.channels

    def carries_plates(self, profile: Profile) -> bool:
        """The plain status tells booleans only, and Gen1 has its plate in JSON only."""
        return self.schema_based and (self.json or "gen2" in profile.generations)


def wanted(action: str, query: Sequence[tuple[str, str]], *, json: bool) -> Wanted:
    """Raises ValueError for a period that is none."""
    given = {name.lower(): value for name, value in query}
    period = float(given.get("periodicity") or 1)
    if not 1 <= period <= 3600:
        raise ValueError("Periodicity is 1 to 3600 seconds")
    return Wanted(
        cast(Action, action),
        _channels(given),
        _yes(given.get("schemabased")),
        json,
        _yes(given.get("includetimestamp")),
        period,
    )


def _yes(value: str | None) -> bool:
    return (value or "").lower() == "true"


def _channels(given: dict[str, str]) -> frozenset[int] | None:
    """The channels whose EventType names OpenSDK; a request without any filter wants all."""
    filters = [(found[1], value) for name, value in given.items() if (found := _EVENT_TYPE.fullmatch(name))]
    if not filters:
        return frozenset() if any(name in given for name in _OTHERS) else None
    ours = [channel for channel, types in filters if _names_ours(types)]
    return None if any(not channel.isdigit() for channel in ours) else frozenset(map(int, ours))


def _names_ours(types: str) -> bool:
    return any(word.strip().split(".")[0].lower() in ("opensdk", "all", "*") for word in types.split(","))


def content_type(wish: Wanted, profile: Profile) -> str:
    return profile.wire.json_type if wish.json else profile.wire.text_type


def part(body: str, wish: Wanted, profile: Profile) -> bytes:
    """One part, to be written at once."""
    head = f"--{profile.wire.boundary}\r\nContent-Type: {content_type(wish, profile)}\r\n\r\n"
    return f"{head}{body}\r\n".encode()


def snapshot(states: Iterable[State], wish: Wanted, profile: Profile, now: datetime) -> str:
    """The body that tells all of these states: a whole answer, or the first part of a stream."""
    told = [state for state in states if wish.covers(state.channel)]
    if not wish.json:
        lines = [line for state in told for line in _lines(state, wish, profile)]
        return profile.wire.line_end.join(_stamped(lines, wish, now))
    return one_line(snapshot_document(told, wish, profile, now))


def snapshot_document(states: Iterable[State], wish: Wanted, profile: Profile, now: datetime) -> Document:
    """The JSON of a snapshot; Metas are left out, as a camera's check does."""
    told = [state for state in states if wish.covers(state.channel)]
    first: Document = {"Timestamp": stamp(now)} if wish.timestamp else {}
    if not wish.schema_based:
        return first | {"ChannelEvent": [plain_json(state, profile) for state in told]}
    entries = [
        entry
        for generation in profile.generations
        for state in told
        for entry in events(state, profile, generation, meta=False)
    ]
    return first | {"EventStatus": entries}


def change(state: State, wish: Wanted, profile: Profile, now: datetime) -> list[str]:
    """The bodies that tell one change, each for a part of its own."""
    if not wish.json:
        return [profile.wire.line_end.join(_stamped(_lines(state, wish, profile), wish, now))]
    first: Document = {"Timestamp": stamp(now)} if wish.timestamp else {}
    if not wish.schema_based:
        return [one_line(first | {"ChannelEvent": [plain_json(state, profile)]})]
    return [
        one_line(first | {"EventStatus": [entry]})
        for generation in profile.generations
        for entry in events(state, profile, generation, meta=True)
    ]


def _lines(state: State, wish: Wanted, profile: Profile) -> list[str]:
    if not wish.schema_based or "gen2" not in profile.generations:
        return [plain_line(state, profile)]
    if "gen1" in profile.generations:
        return [plain_line(state, profile), *schema_lines(state, profile)]
    return schema_lines(state, profile)


def _stamped(lines: list[str], wish: Wanted, now: datetime) -> list[str]:
    return [f"Timestamp={stamp(now)}", *lines] if wish.timestamp else lines
