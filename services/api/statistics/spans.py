"""Hours and days by the site's clocks, none left out, also where clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.api.statistics.schemas import Width

HOURS = timedelta(days=3)
"""The longest time that is shown by the hour."""


def width(since: datetime, until: datetime) -> Width:
    return "hour" if until - since <= HOURS else "day"


def begins(since: datetime, until: datetime, wide: Width, zone: ZoneInfo) -> Iterator[datetime]:
    """Where each hour or day of the span begins, in UTC; the first holds `since`."""
    local = since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    if wide == "hour":
        moment = local.astimezone(UTC)
        while moment < until:
            yield moment
            moment += timedelta(hours=1)
        return
    # By the calendar: a day on which clocks change is longer or shorter.
    day = local.replace(hour=0, fold=0)
    while day.astimezone(UTC) < until:
        yield day.astimezone(UTC)
        day += timedelta(days=1)
