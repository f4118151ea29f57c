"""Counts for the metrics; each stays cheap with millions of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, func, select, true
from sqlalchemy.orm import Session

from shared.db.tables import Camera, DeliveryRow, Destination, EventRow, Track
from shared.messages import DeliveryState


@dataclass(frozen=True)
class Waiting:
    """What one destination has not been told."""

    destination: str
    due: int
    dead: int
    oldest_due_seconds: float


def cameras(session: Session) -> Sequence[Row[UUID, str]]:
    return session.execute(select(Camera.id, Camera.name).order_by(Camera.name)).all()


def passages(session: Session) -> list[tuple[str, int]]:
    """How many passages each camera has had: its newest event's number, so nothing is counted."""
    newest = (
        select(EventRow.car_id)
        .where(EventRow.camera_id == Camera.id)
        .order_by(EventRow.captured_at.desc())
        .limit(1)
        .lateral()
    )
    query = select(Camera.name, newest.c.car_id).join(newest, true())
    return [(name, number) for name, number in session.execute(query)]


def unread(session: Session) -> list[tuple[str, dict[str, int]]]:
    """How many vehicles could not be read at each camera, by reason: the reactor counts them."""
    query = select(Camera.name, Track.state["unread"]).join(Track, Track.camera_id == Camera.id).order_by(Camera.name)
    return [(name, counts or {}) for name, counts in session.execute(query)]


def deliveries(session: Session) -> list[Waiting]:
    due = DeliveryRow.state == DeliveryState.DUE.value
    dead = DeliveryRow.state == DeliveryState.DEAD.value
    oldest = func.extract("epoch", func.now() - func.min(DeliveryRow.created_at).filter(due))
    query = (
        select(
            Destination.name,
            func.count(DeliveryRow.id).filter(due),
            func.count(DeliveryRow.id).filter(dead),
            func.coalesce(oldest, 0),
        )
        .outerjoin(DeliveryRow, (DeliveryRow.destination_id == Destination.id) & (due | dead))
        .group_by(Destination.id)
        .order_by(Destination.name)
    )
    return [Waiting(name, waiting, lost, float(age)) for name, waiting, lost, age in session.execute(query)]
