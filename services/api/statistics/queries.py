"""Counts events in one walk over the span, and the deliveries in another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import Session

from services.api.access import Identity, visible
from services.api.statistics import spans
from services.api.statistics.deliveries import destinations
from services.api.statistics.schemas import (
    Asked,
    CameraCount,
    CountryCount,
    ListCount,
    Passages,
    PlateCount,
    Statistics,
    Width,
)
from shared import site
from shared.credentials import Scope
from shared.db.tables import Camera, EventRow
from shared.messages import Direction
from shared.reactions import NONE

TOP = 20
Conditions = list[ColumnElement[bool]]


@dataclass
class Counts:
    """By hour or day, direction and whether it was read; by country; by camera and reason."""

    passages: defaultdict[datetime, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    countries: Counter[str] = field(default_factory=Counter)
    cameras: defaultdict[UUID, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    names: dict[UUID, str] = field(default_factory=dict)


def statistics(session: Session, asked: Asked, who: Identity) -> Statistics:
    """Of what `who` may see. Raises Invalid for the span."""
    since, until = asked.span()
    zone, wide = site.load(session, site.TimeZone), spans.width(since, until)
    within: Conditions = [EventRow.captured_at >= since, EventRow.captured_at < until, *visible(who)]
    if asked.camera:
        within.append(EventRow.camera_id.in_(asked.camera))
    counts = _counts(session, within, wide, zone.value)
    passages = _passages(counts, [*spans.begins(since, until, wide, zone.zone)])
    total, unread = sum(sum(one.values()) for one in counts.cameras.values()), sum(one.unread for one in passages)
    may = Scope.DELIVERIES_READ in who.scopes
    return Statistics(
        begins=since,
        ends=until,
        timezone=zone.value,
        width=wide,
        total=total,
        entered=sum(one.entered for one in passages),
        left=sum(one.left for one in passages),
        unread=unread,
        read_rate=_rate(total, unread),
        vehicles=_vehicles(session, within),
        passages=[one.model_copy(update={"begins": one.begins.astimezone(zone.zone)}) for one in passages],
        top_plates=_top(session, within),
        countries=[CountryCount(country=name, passages=n) for name, n in counts.countries.most_common()],
        lists=_lists(session, within, total - unread),
        cameras=_cameras(session, counts),
        destinations=destinations(session, (since, until), asked.camera, who) if may else None,
    )


def _counts(session: Session, within: Conditions, wide: Width, zone: str) -> Counts:
    begins = func.date_trunc(wide, EventRow.captured_at, literal(zone)).label("begins")
    columns = (EventRow.camera_id, EventRow.camera_name, EventRow.country, EventRow.direction, EventRow.unread, begins)
    some = select(*columns).where(*within).subquery().c
    sets = func.grouping_sets(
        tuple_(some.begins, some.direction, some.unread), tuple_(some.country), tuple_(some.camera_id, some.unread)
    )
    grouped = (some.begins, some.direction, some.country, some.camera_id, some.unread)
    query = select(*grouped, func.max(some.camera_name).label("name"), func.count().label("n")).group_by(sets)
    counts = Counts()
    for row in session.execute(query):
        if row.begins is not None:
            counts.passages[row.begins.astimezone(UTC)][row.direction] += row.n
            counts.passages[row.begins.astimezone(UTC)]["unread"] += row.n if row.unread else 0
        elif row.camera_id is not None:
            counts.cameras[row.camera_id][row.unread] += row.n
            counts.names[row.camera_id] = row.name
        else:
            counts.countries[row.country] += row.n
    return counts


def _passages(counts: Counts, begins: list[datetime]) -> list[Passages]:
    found, occupancy = list[Passages](), 0
    for moment in begins:
        ways: Mapping[str, int] = counts.passages.get(moment, Counter())
        entered, left = ways.get(Direction.IN, 0), ways.get(Direction.OUT, 0)
        occupancy += entered - left
        other, unread = ways.get(Direction.UNKNOWN, 0), ways.get("unread", 0)
        values = {"entered": entered, "left": left, "other": other, "unread": unread, "occupancy": occupancy}
        found.append(Passages(begins=moment, **values))
    return found


def _cameras(session: Session, counts: Counts) -> list[CameraCount]:
    # A camera is called what it is called now; of one that is gone its events tell.
    known = select(Camera.id, Camera.name).where(Camera.id.in_(counts.cameras))
    names = counts.names | {row.id: row.name for row in session.execute(known)}
    found = []
    for camera, reasons in counts.cameras.items():
        total, unread = sum(reasons.values()), sum(n for reason, n in reasons.items() if reason)
        values = {"passages": total, "unread": unread, "read_rate": _rate(total, unread)}
        told = {reason: n for reason, n in reasons.most_common() if reason}
        about = {"camera_id": camera, "camera_name": names[camera], "reasons": told}
        found.append(CameraCount.model_validate(values | about))
    return sorted(found, key=lambda one: (-one.passages, one.camera_name))


def _top(session: Session, within: Conditions) -> list[PlateCount]:
    uses = func.count()
    query = select(EventRow.plate, uses.label("passages"), func.max(EventRow.captured_at).label("newest"))
    query = query.where(*within, EventRow.plate != "").group_by(EventRow.plate).order_by(uses.desc(), EventRow.plate)
    return [PlateCount.model_validate(dict(row._mapping)) for row in session.execute(query.limit(TOP))]


def _vehicles(session: Session, within: Conditions) -> int:
    plates = select(EventRow.plate).where(*within, EventRow.plate != "").distinct().subquery()
    return session.scalar(select(func.count()).select_from(plates)) or 0


def _lists(session: Session, within: Conditions, read: int) -> list[ListCount]:
    """Vehicles by list; one on two lists counts for both."""
    named = select(func.unnest(EventRow.lists).label("list")).where(*within, EventRow.lists != []).subquery()
    uses = func.count()
    query = select(named.c.list, uses).group_by(named.c.list).order_by(uses.desc(), named.c.list)
    found = [ListCount(list=name, passages=n) for name, n in session.execute(query)]
    on_some = select(func.count()).select_from(EventRow).where(*within, EventRow.lists != [])
    return [*found, ListCount(list=NONE, passages=read - (session.scalar(on_some) or 0))]


def _rate(total: int, unread: int) -> float | None:
    return (total - unread) / total if total else None
