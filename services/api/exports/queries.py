"""Adds exports and reads how far they are; each belongs to who asked for it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.api.access import Identity
from services.api.errors import NotAllowed
from services.api.exports.schemas import ExportIn
from services.api.searches.queries import check
from shared.db.tables import EventExport
from shared.errors import Conflict, Missing

MOST_WAITING, SHOWN = 3, 50


def add(session: Session, asked: ExportIn, who: Identity) -> EventExport:
    """Raises Invalid for what is no search, Conflict while too many wait."""
    criteria = check(asked.query.strip().removeprefix("?")).criteria()
    waiting = select(func.count()).select_from(EventExport).where(_owned(who), EventExport.state == "waiting")
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} exports of yours are being written; wait for one or delete it")
    row = EventExport(
        user_id=who.user_id,
        key_id=who.key_id,
        asked_by=who.actor,
        form=asked.format.value,
        asked={
            "criteria": criteria.model_dump(mode="json"),
            "query": asked.query,
            "ids": None if asked.ids is None else [str(one) for one in asked.ids],
            "cameras": None if who.cameras is None else sorted(map(str, who.cameras)),
        },
    )
    session.add(row)
    session.flush()
    return row


def own(session: Session, who: Identity) -> list[EventExport]:
    """Newest first."""
    newest = (EventExport.created_at.desc(), EventExport.id.desc())
    return list(session.scalars(select(EventExport).where(_owned(who)).order_by(*newest).limit(SHOWN)))


def one(session: Session, export_id: UUID, who: Identity) -> EventExport:
    """Raises Missing, also for another's."""
    row = session.scalar(select(EventExport).where(EventExport.id == export_id, _owned(who)))
    if row is None:
        raise Missing("export", export_id)
    return row


def written(session: Session, export_id: UUID, who: Identity) -> EventExport:
    """One whose file may be fetched. Raises Missing, Conflict before it is done, NotAllowed for one with too much."""
    row = one(session, export_id, who)
    if row.state != "done":
        raise Conflict(f"This export is not there yet, it is {row.state}")
    cameras = row.asked["cameras"]
    if who.cameras is not None and (cameras is None or not set(cameras) <= set(map(str, who.cameras))):
        raise NotAllowed("This export holds cameras that you may no longer see; make a new one")
    return row


def _owned(who: Identity) -> ColumnElement[bool]:
    return EventExport.user_id == who.user_id if who.user_id else EventExport.key_id == who.key_id
