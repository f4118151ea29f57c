"""JSON of the Meta protocol, version 1, as it travels between a site and its server; docs/meta.md tells the whole.

What a newer site says beyond it is ignored. The integration numberok_meta has the same names in its profile.toml, and
tests/contract/test_meta_names.py holds the two together.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from services.api.asked import Note, When
from services.api.lists.schemas import Colour
from shared.matching import Match
from shared.schedules import Schedule

MOST_SOURCES = 1000
MOST_ZONES = 32
BEAT = 60
"""Seconds between two heartbeats of a site."""
Direction = Literal["in", "out", "unknown"]


def _plain(identity: str) -> str:
    if not re.fullmatch(r"[!-~]+", identity):
        raise ValueError("an id has printable ASCII characters without spaces")
    return identity


SourceId = Annotated[
    str, Field(min_length=1, max_length=64, json_schema_extra={"pattern": r"^[!-~]+$"}), AfterValidator(_plain)
]
Short = Annotated[Note, StringConstraints(max_length=64)]


class Source(BaseModel):
    """A camera of the site. Its id stays the same for ever; it is `sensorProviderID` of its events."""

    id: SourceId
    name: Annotated[Short, Field(min_length=1)]
    direction: Direction = "unknown"
    zones: Annotated[list[Short], Field(max_length=MOST_ZONES)] = []


class Registration(BaseModel):
    """All cameras of the site; those that it does not name any more are kept with their events."""

    protocol: Literal[1]
    software: Short = ""
    sources: Annotated[list[Source], Field(max_length=MOST_SOURCES)]


class Registered(BaseModel):
    protocol: Literal[1] = 1
    site: str = Field(description="what the site is called here")
    sources: int
    heartbeat: int = Field(default=BEAT, description="seconds between two heartbeats")


class SourceState(BaseModel):
    """How one camera is doing."""

    id: SourceId
    state: Short
    message: Note = ""
    last_frame_at: When | None = None


class Heartbeat(BaseModel):
    """What a site says of itself once a minute."""

    sent_at: When
    waiting: Annotated[int, Field(ge=0, le=2**31 - 1, description="events that wait to be sent")] = 0
    oldest_seconds: Annotated[float, Field(ge=0, le=1e9, description="for how long the oldest of them has")] = 0.0
    sources: Annotated[list[SourceState], Field(max_length=MOST_SOURCES)] = []


class Beat(BaseModel):
    received_at: AwareDatetime
    heartbeat: int = Field(default=BEAT, description="seconds between two heartbeats")
    registered: bool = Field(description="false: register again, one of the sources is not known here")
    lists: str = Field(description="changes when the granted lists may have changed; then pull them")


class MetaStored(BaseModel):
    stored: bool = Field(description="false when the same delivery came before; it is answered all the same")


class GrantedList(BaseModel):
    """A list that the site may pull; its version changes with any of its entries."""

    id: UUID
    name: str
    match: Match
    version: str


class GrantedLists(BaseModel):
    lists: list[GrantedList]


class Page(BaseModel):
    """A part of a list: the entries from the plate `first` on, until the next page's first."""

    first: str
    entries: int
    version: str


class Pages(BaseModel):
    """A list as its pages: a site pulls those whose version it does not have, and drops those that are not named."""

    id: UUID
    name: str
    match: Match
    version: str
    pages: list[Page]


class Entry(BaseModel):
    """An entry of a list, with the names of `GET /api/v1/lists/{name}/entries`."""

    plate: str
    typed: str
    note: str
    owner: str
    contact: str
    tag: str
    colour: Colour
    valid_from: datetime | None
    valid_to: datetime | None
    schedule: Schedule | None


class PageOut(BaseModel):
    first: str
    version: str
    entries: list[Entry]
