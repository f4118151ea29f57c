"""Public JSON of orders to barriers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.api.deps import Note
from services.api.paging import Cursor, Limit
from shared.messages import CommandState

Reason = Annotated[Note, Field(min_length=1, description="why; it is in the audit log")]


def _printable(key: str) -> str:
    if not key.isascii() or not key.isprintable():
        raise ValueError("only printable ASCII")
    return key


IdempotencyKey = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]


class OpenBarrier(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class CommandFilter(BaseModel):
    """Which orders; what is absent does not filter."""

    limit: Limit = 50
    cursor: Cursor = None
    destination: UUID | None = None
    event: UUID | None = None
    state: CommandState | None = None


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


class CommandsOut(BaseModel):
    commands: list[CommandOut]
    next: str | None
