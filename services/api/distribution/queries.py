"""Counts what a search finds, by hour and by camera in one walk; longer buckets are made of the hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import Session

from services.api.access import Identity, visible
from services.api.distribution.schemas import Bucket, CameraShare, Distribution, Width
from services.api.events.schemas import EventSearch
from services.api.search.conditions import conditions
from shared import site
from shared.db.tables import Camera, EventRow

COUNTED = 100_000
"""The newest; to count on would take longer than anybody waits."""
HOURS, DAYS = timedelta(days=3), timedelta(days=92)
"""The longest times that are shown by the hour and by the day."""


def distribution(session: Session, asked: EventSearch, who: Identity) -> Distribution:
    """Of the events that `who` may see. Raises Invalid."""
    zone = site.load(session, site.TimeZone)
    hours, cameras, names = _counts(session, [*conditions(asked.criteria()), *visible(who)], zone.value)
    width = _width(min(hours), max(hours)) if hours else "hour"
    # In UTC: of the hour that comes twice when clocks are put back, each is one of its own.
    buckets, by_hour = Counter[datetime](), [0] * 24
    for moment, events in hours.items():
        local = moment.astimezone(zone.zone)
        by_hour[local.hour] += events
        buckets[_begin(local, width).astimezone(UTC)] += events
    total = sum(cameras.values())
    return Distribution(
        total=min(total, COUNTED),
        complete=total <= COUNTED,
        timezone=zone.value,
        width=width,
        buckets=[_bucket(at.astimezone(zone.zone), width, buckets[at]) for at in sorted(buckets)],
        hours=by_hour,
        by_camera=[CameraShare(camera_id=one, camera_name=names[one], events=n) for one, n in cameras.most_common()],
    )


def _counts(
    session: Session, wanted: list[ColumnElement[bool]], zone: str
) -> tuple[Mapping[datetime, int], Counter[UUID], Mapping[UUID, str]]:
    found = select(EventRow.captured_at, EventRow.camera_id, EventRow.camera_name).where(*wanted)
    some = found.order_by(EventRow.captured_at.desc()).limit(COUNTED + 1).subquery()
    hour = func.date_trunc("hour", some.c.captured_at, literal(zone)).label("hour")
    hourly = select(some.c.camera_id, some.c.camera_name, hour).subquery()
    sets = func.grouping_sets(tuple_(hourly.c.hour), tuple_(hourly.c.camera_id))
    query = select(hourly.c.hour, hourly.c.camera_id, func.max(hourly.c.camera_name), func.count()).group_by(sets)
    hours: dict[datetime, int] = {}
    cameras, names = Counter[UUID](), dict[UUID, str]()
    for moment, camera, name, events in session.execute(query):
        if camera is None:
            hours[moment] = events
        else:
            cameras[camera], names[camera] = events, name
    # A camera is called what it is called now; of one that is gone its events tell.
    known = select(Camera.id, Camera.name).where(Camera.id.in_(cameras))
    return hours, cameras, names | {row.id: row.name for row in session.execute(known)}


def _width(first: datetime, last: datetime) -> Width:
    if last - first < HOURS:
        return "hour"
    return "day" if last - first < DAYS else "month"


def _begin(local: datetime, width: Width) -> datetime:
    """Of the bucket, as the site's clocks have it: a day of a change of clocks is longer or shorter."""
    if width == "hour":
        return local
    day = local.replace(hour=0, minute=0, fold=0)
    return day if width == "day" else day.replace(day=1)


def _bucket(begins: datetime, width: Width, events: int) -> Bucket:
    if width == "hour":
        ends = (begins.astimezone(UTC) + timedelta(hours=1)).astimezone(begins.tzinfo)
    else:
        # Clocks, not hours, are added to a time of a zone.
        ends = _begin(begins + timedelta(days=1 if width == "day" else 32), width)
    return Bucket(begins=begins, ends=ends, events=events)
