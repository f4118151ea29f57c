"""Public JSON of API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.asked import Asked, Name, When
from services.api.people.schemas import CameraIds
from shared.credentials import Scope

ScopeName = Annotated[str, Field(json_schema_extra={"enum": ["*", *Scope]})]
Network = Annotated[
    str,
    Field(
        max_length=64,
        description="such as 10.0.3.0/24",
        json_schema_extra={"pattern": r"^\s*[0-9a-fA-F.:]+(/[0-9.]+)?\s*$"},
    ),
]


class KeyIn(Asked):
    name: Name
    scopes: Annotated[
        list[ScopeName],
        Field(max_length=50, description="such as events:read; `*` means all", json_schema_extra={"minItems": 1}),
    ]
    expires_at: When | None = None
    cameras: CameraIds | None = Field(default=None, description="the only cameras that it sees; null is all of them")
    addresses: list[Network] = Field(
        default=[], max_length=50, description="networks that it may come from; none = any"
    )


class Rotation(Asked):
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
    device_password: str | None = Field(
        description="of a key that may only events:push: for devices that push by HTTP Digest, with its name as user"
    )


class Keys(BaseModel):
    api_keys: list[KeyOut]
