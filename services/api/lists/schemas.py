"""Public JSON of lists and their entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.api.deps import Name, Note
from shared.schedules import Schedule


class ListIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name


class ListOut(BaseModel):
    name: str
    kind: str = Field(description="black, white or named")
    entries: int


class Lists(BaseModel):
    lists: list[ListOut]


class EntryIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # Longer than any plate, so that the sentence about plates answers and not one about strings.
    plate: Annotated[str, Field(max_length=1000, description="? and * are wildcards")]
    note: Note = ""
    owner: Note = ""
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    schedule: Schedule | None = Field(default=None, description="when in a week it counts; null is always")


class EntryOut(BaseModel):
    plate: str = Field(description="the form in which plates are compared")
    typed: str = Field(description="what somebody wrote")
    note: str
    owner: str
    valid_from: datetime | None
    valid_to: datetime | None
    created_at: datetime


class Entries(BaseModel):
    list: str
    entries: Sequence[EntryOut]
    next: str | None = Field(description="cursor of the next page; null at the end")


class Added(BaseModel):
    list: str
    plate: str
    added: bool = Field(description="false when the plate was on the list already; nothing is changed then")
