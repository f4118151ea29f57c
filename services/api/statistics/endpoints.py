"""One document with everything that a dashboard shows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.api.access import Who, allow
from services.api.deps import Db
from services.api.statistics import queries
from services.api.statistics.schemas import Asked, Statistics
from shared.credentials import Scope

router = APIRouter(prefix="/statistics", tags=["statistics"])


@router.get("")
@allow(Scope.EVENTS_READ)
def get_statistics(asked: Annotated[Asked, Query()], session: Db, who: Who) -> Statistics:
    """Passages, vehicles, recognition and deliveries of at most 366 days."""
    return queries.statistics(session, asked, who)
