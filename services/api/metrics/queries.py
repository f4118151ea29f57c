"""Counts for the metrics; each stays cheap with millions of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, func, literal_column, select, true
from sqlalchemy.orm import Session

from shared.db.tables import Camera, Command, DeliveryRow, Destination, EventRow, Track
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


def commands(session: Session) -> list[tuple[str, str, int]]:
    """Barrier, state, how many orders. A site has some hundreds a day, so they are counted."""
    query = (
        select(Destination.name, Command.state, func.count())
        .join(Command, Command.destination_id == Destination.id)
        .group_by(Destination.name, Command.state)
        .order_by(Destination.name, Command.state)
    )
    return [(name, state, count) for name, state, count in session.execute(query)]


def opening_times(session: Session) -> list[tuple[str, list[float]]]:
    """Barrier, and the seconds from the last frame to the relay: median, 95 %, longest of the last hour."""
    seconds = func.extract("epoch", Command.acted_at - Command.seen_at)
    spread = func.percentile_disc([0.5, 0.95, 1.0]).within_group(seconds)
    lately = (Command.sent_at > func.now() - literal_column("interval '1 hour'"), Command.acted_at.is_not(None))
    query = select(Destination.name, spread).join(Command, Command.destination_id == Destination.id)
    rows = session.execute(query.where(*lately).group_by(Destination.name).order_by(Destination.name))
    return [(name, [float(value) for value in values]) for name, values in rows]
