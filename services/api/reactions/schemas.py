"""Public JSON of reactions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.asked import Asked, Name
from shared.reactions import RuleSettings

RuleKind = Literal["on_list"]
"""There is one kind of rule; the word is kept for those to come."""


class ReactionIn(Asked):
    name: Name
    rule: RuleKind = "on_list"
    settings: RuleSettings = RuleSettings()
    destination_id: UUID
    enabled: bool = True


class ReactionPatch(Asked):
    """What is given replaces what is stored; what is absent stays."""

    name: Name | None = None
    settings: RuleSettings | None = None
    destination_id: UUID | None = None
    enabled: bool | None = None


class ReactionOut(BaseModel):
    id: UUID
    name: str
    rule: RuleKind
    settings: RuleSettings
    destination_id: UUID
    enabled: bool
    created_at: datetime


class Reactions(BaseModel):
    reactions: list[ReactionOut] = Field(description="in the order in which they are tried")
