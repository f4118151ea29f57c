"""What a table of events has in its columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.api.transfer.cells import neutralised
from shared.db.tables import EventRow

COLUMNS = (
    "captured_at",
    "plate",
    "country",
    "region",
    "read_plate",
    "unread",
    "confidence",
    "camera",
    "direction",
    "zone",
    "lists",
    "tags",
    "last_seen",
    "event_id",
)


def cells(row: EventRow, tags: Sequence[str], zone: ZoneInfo) -> list[str]:
    """Texts, also for spreadsheets that take a text for a formula; times by the site's clocks."""
    read = row.as_read["plate"] if row.as_read else ""
    values: tuple[object, ...] = (
        _time(row.captured_at, zone),
        row.plate,
        row.country,
        row.region,
        read,
        row.unread,
        f"{row.confidence:.3f}",
        row.camera_name,
        row.direction,
        row.zone,
        ", ".join(row.lists),
        ", ".join(tags),
        _time(row.last_seen, zone),
        row.event_id,
    )
    return [neutralised(str(value)) for value in values]


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="seconds")
