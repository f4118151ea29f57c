"""Public JSON of saved searches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.api.asked import Asked, Name

LONGEST = 2000
QUERY = "the parameters of the list of events as they stand in an address, such as plate=AA*&unread=with"

KEPT = f"{QUERY}; period=today, yesterday, week or month in place of from and to means those days whenever it is opened"


class SearchIn(Asked):
    name: Name
    query: Annotated[str, Field(max_length=LONGEST, description=KEPT)]


class SearchOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    query: str = Field(description=KEPT)
    created_at: datetime


class Searches(BaseModel):
    searches: list[SearchOut] = Field(description="by name")
