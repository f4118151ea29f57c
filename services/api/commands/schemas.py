"""Public JSON of orders to barriers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from services.api.asked import Asked, Reason
from services.api.paging import Cursor, Limit
from shared.messages import CommandState


class OpenBarrier(Asked):
    reason: Reason


class CommandFilter(BaseModel):
    """Which orders; what is absent does not filter."""

    limit: Limit = 50
    cursor: Cursor = None
    destination: Annotated[UUID | None, Query(description="only to this one")] = None
    event: Annotated[UUID | None, Query(description="only of this one")] = None
    state: Annotated[CommandState | None, Query(description="only in this state")] = None


class CommandOut(BaseModel):
    id: UUID
    destination_id: UUID
    destination: str
    action: str
    event_id: UUID | None = Field(description="null when a person ordered it")
    plate: str
    actor: str = Field(description="who ordered it; empty when a rule did")
    reason: str
    state: CommandState
    issued_at: datetime
    expires_at: datetime = Field(description="it is not carried out later")
    sent_at: datetime | None = Field(description="from then on it is never sent again")
    acted_at: datetime | None = Field(description="when the relay took it")
    finished_at: datetime | None
    result: str = Field(description="what came of it, in one sentence")


class Commands(BaseModel):
    commands: list[CommandOut]
    next: str | None = Field(description="cursor of the next, older page; null at the end")
