"""Public JSON of reactions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.api.deps import Name
from shared.reactions import OnList

Rule = Literal["on_list"]


class ReactionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    rule: Rule = "on_list"
    settings: OnList = OnList()
    destination_id: UUID
    enabled: bool = True


class ReactionPatch(BaseModel):
    """What is given replaces what is stored; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    settings: OnList | None = None
    destination_id: UUID | None = None
    enabled: bool | None = None


class ReactionOut(BaseModel):
    id: UUID
    name: str
    rule: Rule
    settings: OnList
    destination_id: UUID
    enabled: bool
    created_at: datetime


class Reactions(BaseModel):
    reactions: list[ReactionOut]
