"""Public JSON of lists, their entries, and what an entry would have matched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field, StringConstraints

from services.api.asked import Asked, Name, Note, When
from services.api.events.schemas import EventOut
from shared.matching import How, Match
from shared.schedules import Schedule

Colour = Literal["", "red", "orange", "yellow", "green", "blue", "violet", "grey"]
COLOURS: tuple[str, ...] = get_args(Colour)
LONGEST_TAG = 32
Tag = Annotated[Note, StringConstraints(max_length=LONGEST_TAG)]
MATCH = "strict = the plate itself; look_alike = O and 0, I and 1 … are one; one_off = or one character differs"
# Longer than any plate, so that the sentence about plates answers and not one about strings.
Typed = Annotated[str, Field(max_length=1000, description="? and * are wildcards")]


class ListIn(Asked):
    name: Name
    match: Annotated[Match, Field(description=MATCH)] = "strict"
    colour: Colour = ""


class ListPatch(Asked):
    """What is absent stays as it is."""

    name: Name | None = None
    match: Annotated[Match | None, Field(description=MATCH)] = None
    colour: Colour | None = None


class ListOut(BaseModel):
    name: str
    kind: str = Field(description="black, white or named")
    match: Match = Field(description=MATCH)
    colour: Colour
    entries: int
    managed_by: str = Field(description="the Meta server that sends it down; empty for a list of this site's own")


class Lists(BaseModel):
    lists: list[ListOut]


class EntryDetails(Asked):
    """What is known of an entry besides its plate, and when it counts."""

    note: Note = ""
    owner: Note = ""
    contact: Note = ""
    tag: Tag = ""
    colour: Colour = ""
    valid_from: When | None = None
    valid_to: Annotated[When | None, Field(description="counts until just before")] = None
    schedule: Annotated[Schedule | None, Field(description="counts only then, by the site's time zone")] = None


class EntryIn(EntryDetails):
    plate: Typed


class EntryOut(BaseModel):
    plate: str = Field(description="the form in which plates are compared")
    typed: str = Field(description="what somebody wrote")
    note: str
    owner: str
    contact: str
    tag: str
    colour: str
    valid_from: datetime | None
    valid_to: datetime | None
    schedule: Schedule | None
    created_at: datetime


class Entries(BaseModel):
    list: str
    entries: Sequence[EntryOut]
    next: str | None = Field(description="cursor of the next page; null at the end")


class Added(BaseModel):
    list: str
    plate: str
    added: bool = Field(description="false when the plate was on the list already; nothing is changed then")


class PreviewIn(Asked):
    plate: Typed
    match: Annotated[Match | None, Field(description="as the list matches when absent")] = None


class SeenPlate(BaseModel):
    """A plate that was seen and that the entry would have named."""

    plate: str
    how: How
    events: int
    newest: datetime


class MatchedEvent(BaseModel):
    how: How
    event: EventOut


class PreviewOut(BaseModel):
    plate: str = Field(description="the form in which plates are compared")
    match: Match
    since: datetime = Field(description="older events were not looked at")
    counts: dict[How, int] = Field(description="events by how the entry would have matched them")
    complete: bool = Field(description="false when so many plates match that only those seen last were counted")
    plates: list[SeenPlate] = Field(description="seen last first, 50 at most")
    events: list[MatchedEvent] = Field(description="newest first, 50 at most")
