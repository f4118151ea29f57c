"""Public JSON of deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from services.api.paging import Cursor, Limit
from shared.messages import DeliveryState, Moment


class DeliveryFilter(BaseModel):
    """Which deliveries; what is absent does not filter."""

    limit: Limit = 50
    cursor: Cursor = None
    destination: Annotated[UUID | None, Query(description="only to this one")] = None
    event: Annotated[UUID | None, Query(description="only of this one")] = None
    state: Annotated[DeliveryState | None, Query(description="only in this state")] = None


class DeliveryOut(BaseModel):
    id: UUID
    event_id: UUID
    destination_id: UUID
    destination: str
    kind: str
    plate: str
    moment: Moment
    state: DeliveryState
    attempts: int
    due_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    last_status: int | None = Field(description="the peer's last HTTP status, if it speaks HTTP")
    last_error: str
    answer: str = Field(description="what the peer said, shortened")


class Deliveries(BaseModel):
    deliveries: list[DeliveryOut]
    next: str | None = Field(description="cursor of the next, older page; null at the end")
