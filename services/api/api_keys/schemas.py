"""Public JSON of API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.api.deps import Name


class KeyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    scopes: Annotated[list[str], Field(max_length=50, description="such as events:read; `*` means all")]
    expires_at: AwareDatetime | None = None


class KeyOut(BaseModel):
    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewKey(BaseModel):
    name: str
    key: str = Field(description="shown this once")


class Keys(BaseModel):
    api_keys: list[KeyOut]
