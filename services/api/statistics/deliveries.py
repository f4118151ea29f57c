"""How well destinations were told, by the deliveries that were due in a span of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Uuid, and_, cast, extract, func, select
from sqlalchemy.orm import Session

from services.api.access import Identity
from services.api.statistics.schemas import LATE, DestinationCount
from shared.db.tables import DeliveryRow, Destination
from shared.messages import DeliveryState


def destinations(
    session: Session, span: tuple[datetime, datetime], cameras: Sequence[UUID], who: Identity
) -> list[DestinationCount]:
    """By name; destinations without any delivery are left out."""
    delivered = DeliveryRow.state == DeliveryState.DELIVERED.value
    took = cast(extract("epoch", DeliveryRow.delivered_at - DeliveryRow.created_at), Float)
    most = func.percentile_cont(0.95).within_group(took).filter(delivered)
    query = (
        select(
            Destination.name.label("destination"),
            Destination.kind,
            _count(delivered).label("sent"),
            _count(and_(delivered, took > LATE.total_seconds())).label("late"),
            _count(DeliveryRow.state.in_((DeliveryState.DEAD.value, DeliveryState.EXPIRED.value))).label("failed"),
            _count(DeliveryRow.state == DeliveryState.DUE.value).label("waiting"),
            most.label("usual_seconds"),
        )
        .join(Destination, Destination.id == DeliveryRow.destination_id)
        .where(DeliveryRow.created_at >= span[0], DeliveryRow.created_at < span[1], *_of(cameras, who))
        .group_by(Destination.id)
        .order_by(Destination.name)
    )
    return [DestinationCount.model_validate(dict(row._mapping)) for row in session.execute(query)]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _of(cameras: Sequence[UUID], who: Identity) -> list[ColumnElement[bool]]:
    camera = cast(DeliveryRow.event["camera_id"].astext, Uuid)
    limits = [list(ids) for ids in (cameras or None, who.cameras) if ids is not None]
    return [camera.in_(ids) for ids in limits]
