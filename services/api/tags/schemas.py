"""Public JSON of tags."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class TagOut(BaseModel):
    tag: str
    events: int
    newest: datetime = Field(description="when the newest vehicle with it passed")


class Tags(BaseModel):
    tags: list[TagOut] = Field(description="the most used first")


class EventTags(BaseModel):
    """All tags of one event."""

    tags: list[str]
