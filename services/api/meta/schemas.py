"""Public JSON of the sites that send their events here, for those who look after this one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.api.asked import Asked, Name, When

SiteName = Annotated[Name, StringConstraints(max_length=40)]
"""Leaves room for the names of its cameras."""
Lists = Annotated[
    list[Name], Field(max_length=50, description="names of lists that it may pull; it gets their entries")
]


class Contact(StrEnum):
    """How it stands with a site, by its last contact and its key."""

    NEVER = "never"
    """It has not registered yet."""
    FINE = "fine"
    SILENT = "silent"
    """It missed three heartbeats."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    """Its key was taken away."""


class MetaSiteIn(Asked):
    name: SiteName
    lists: Lists = Field(default=[])
    expires_at: When | None = Field(default=None, description="of the connection key")


class MetaSitePatch(Asked):
    """What is absent stays as it is."""

    name: SiteName | None = None
    lists: Lists | None = None


class NewKeyIn(Asked):
    expires_at: When | None = Field(default=None, description="of the connection key")


class NewMetaSite(BaseModel):
    id: UUID
    name: str
    connection_key: str = Field(
        description="shown this once; it is entered at the site that is to send its events here"
    )


class SourceOut(BaseModel):
    """A camera of the site, and the camera here that its events belong to."""

    id: str
    camera_id: UUID
    name: str
    direction: str
    zones: list[str]
    registered: bool = Field(description="whether the site still names it")
    state: str
    message: str
    last_frame_at: datetime | None


class MetaSiteOut(BaseModel):
    """A site, what it said last, and how its cameras are doing."""

    id: UUID
    name: str
    contact: Contact
    sentence: str = Field(description="what is wrong, for a person; empty when nothing is")
    lists: list[str]
    key_id: UUID | None = Field(description="its API key, which rotates and ends as every other; null: revoked")
    key_expires_at: datetime | None
    key_last_used_at: datetime | None
    created_at: datetime
    software: str
    registered_at: datetime | None
    last_contact_at: datetime | None
    clock_skew: float | None = Field(description="seconds by which its clock is ahead of ours")
    waiting: int | None = Field(description="events that wait there to be sent")
    oldest_seconds: float | None
    sources: list[SourceOut]


class MetaSites(BaseModel):
    sites: list[MetaSiteOut]
