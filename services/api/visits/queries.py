"""Reads when and where a plate was seen; one plate's events are few, and are counted here by the site's clocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.api.access import Identity, visible
from services.api.visits.hours import clock, usual
from services.api.visits.schemas import CameraVisits, UsualHours, Visits
from shared import listed, site
from shared.clock import now
from shared.db.tables import EventRow
from shared.messages import Direction

COUNTED = 5000
RECENT = timedelta(days=30)
Seen = Row[datetime, UUID, str, str]


def visits(session: Session, plate: str, who: Identity) -> Visits:
    """Of one plate in normal form, by the events that `who` may see; empty for one that was never seen."""
    zone = site.load(session, site.TimeZone)
    asked = select(EventRow.captured_at, EventRow.camera_id, EventRow.camera_name, EventRow.direction)
    asked = asked.where(EventRow.plate == plate, *visible(who)).order_by(EventRow.captured_at.desc())
    rows: Sequence[Seen] = session.execute(asked.limit(COUNTED + 1)).all() if plate else []
    complete, rows = len(rows) <= COUNTED, rows[:COUNTED]
    moment = now()
    return Visits(
        plate=plate,
        timezone=zone.value,
        total=len(rows),
        complete=complete,
        last_30_days=sum(row.captured_at >= moment - RECENT for row in rows),
        first_seen=rows[-1].captured_at if rows else None,
        last_seen=rows[0].captured_at if rows else None,
        by_camera=_by_camera(rows),
        usual_in=_usual(rows, Direction.IN, zone.zone),
        usual_out=_usual(rows, Direction.OUT, zone.zone),
        week=_week(rows, zone.zone),
        hits=list(listed.load(session).of(session, plate, moment)),
    )


def _by_camera(rows: Sequence[Seen]) -> list[CameraVisits]:
    counts = Counter(row.camera_id for row in rows)
    # The newest row comes first, and tells what the camera is called now.
    newest: dict[UUID, Seen] = {}
    for row in rows:
        newest.setdefault(row.camera_id, row)
    return [
        CameraVisits(
            camera_id=camera, camera_name=newest[camera].camera_name, visits=n, newest=newest[camera].captured_at
        )
        for camera, n in counts.most_common()
    ]


def _usual(rows: Sequence[Seen], way: Direction, zone: ZoneInfo) -> UsualHours | None:
    local = (row.captured_at.astimezone(zone) for row in rows if row.direction == way.value)
    span = usual(moment.hour * 60 + moment.minute for moment in local)
    return UsualHours(begins=clock(span.begins), ends=clock(span.ends), visits=span.of) if span else None


def _week(rows: Sequence[Seen], zone: ZoneInfo) -> list[list[int]]:
    week = [[0] * 24 for _ in range(7)]
    for row in rows:
        local = row.captured_at.astimezone(zone)
        week[local.weekday()][local.hour] += 1
    return week
