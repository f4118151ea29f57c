"""Public JSON of API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.api.deps import Name
from services.api.people.schemas import CameraIds

Network = Annotated[str, Field(max_length=64, description="such as 10.0.3.0/24")]


class KeyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    scopes: Annotated[list[str], Field(max_length=50, description="such as events:read; `*` means all")]
    expires_at: AwareDatetime | None = None
    cameras: CameraIds | None = Field(default=None, description="the only cameras that it sees; null is all of them")
    addresses: Annotated[
        list[Network], Field(max_length=50, description="networks that it may come from; none = any")
    ] = []


class Rotation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    grace_minutes: Annotated[int, Field(ge=0, le=7 * 24 * 60, description="how long the key before still works")] = 0


class KeyOut(BaseModel):
    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    made_by: str
    cameras: list[UUID] | None
    addresses: list[str]
    previous_until: datetime | None = Field(description="until when the key before the last rotation works")


class NewKey(BaseModel):
    name: str
    key: str = Field(description="shown this once")


class Keys(BaseModel):
    api_keys: list[KeyOut]
