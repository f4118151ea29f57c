"""Keyset pages: a cursor names the last row that was given, so that new rows neither shift nor repeat others."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from shared.errors import Invalid

Limit = Annotated[int, Query(ge=1, le=500, description="rows of a page")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]
Place = tuple[datetime, UUID]


def seal_place(moment: datetime, row: UUID) -> str:
    """The cursor of a row; its form is nobody's business."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row.hex}".encode()).decode().rstrip("=")


def open_place(cursor: str) -> Place:
    """Raises Invalid for a cursor that no page ever gave."""
    try:
        moment, row = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        place = datetime.fromisoformat(moment), UUID(row)
    except (ValueError, binascii.Error):
        raise Invalid("The cursor is not one that this server gave", "cursor") from None
    if place[0].tzinfo is None:
        raise Invalid("The cursor is not one that this server gave", "cursor")
    return place
