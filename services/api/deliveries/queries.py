"""Reads the ledger of deliveries and makes one due again."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from uuid import UUID

import redis
from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import Session

from services.api.access import Identity
from services.api.deliveries.schemas import DeliveryFilter, DeliveryOut
from services.api.paging import open_place, seal_place
from shared import streams
from shared.db.tables import DeliveryRow, Destination
from shared.errors import Conflict, Missing
from shared.messages import DeliveryState
from shared.reactions import BARRIER

logger = logging.getLogger(__name__)

WAKES_KEPT = 1000


def page(session: Session, asked: DeliveryFilter, who: Identity) -> tuple[list[DeliveryOut], str | None]:
    """One page, newest first, and the cursor of the next. Raises Invalid."""
    newest = (DeliveryRow.created_at.desc(), DeliveryRow.id.desc())
    query = _joined().where(*_of_cameras(who), *_conditions(asked)).order_by(*newest).limit(asked.limit + 1)
    rows = [_out(row, destination) for row, destination in session.execute(query)]
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    return rows, seal_place(rows[-1].created_at, rows[-1].id) if more else None


def resend(session: Session, delivery_id: UUID, who: Identity, moment: datetime) -> DeliveryOut:
    """Makes a finished delivery due again. Raises Missing, and Conflict for one that is under way or a barrier's."""
    query = select(DeliveryRow).where(DeliveryRow.id == delivery_id, *_of_cameras(who))
    row = session.scalar(query.with_for_update())
    if row is None:
        raise Missing("delivery", delivery_id)
    if row.state == DeliveryState.DUE:
        raise Conflict("This delivery is due already, it is sent as soon as the destination answers")
    if session.get_one(Destination, row.destination_id).kind == BARRIER:
        raise Conflict("A barrier is opened by hand, never by sending something again")
    lifetime = max(row.expires_at - row.created_at, timedelta(seconds=15))
    row.state, row.attempts, row.due_at, row.expires_at = DeliveryState.DUE.value, 0, moment, moment + lifetime
    row.lease_until = row.delivered_at = None
    session.flush()
    return _out(*session.execute(_joined().where(DeliveryRow.id == delivery_id)).one())


def wake(client: redis.Redis, destination_id: UUID, delivery_id: UUID) -> None:
    """Hints the worker; without the hint it finds the row at its next look."""
    hint = json.dumps({"delivery_id": str(delivery_id)})
    try:
        streams.publish(client, streams.wake(destination_id), hint, keep=WAKES_KEPT)
    except streams.REDIS_DOWN:
        logger.warning("worker gets no hint, redis does not answer", extra={"delivery": str(delivery_id)})


def _joined() -> Select[DeliveryRow, Destination]:
    return select(DeliveryRow, Destination).join(Destination, Destination.id == DeliveryRow.destination_id)


def _of_cameras(who: Identity) -> list[ColumnElement[bool]]:
    """As `visible`, by the copy of the event that a delivery holds."""
    if who.cameras is None:
        return []
    return [DeliveryRow.event["camera_id"].as_string().in_([str(camera) for camera in who.cameras])]


def _conditions(asked: DeliveryFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.destination:
        found.append(DeliveryRow.destination_id == asked.destination)
    if asked.event:
        found.append(DeliveryRow.event_id == asked.event)
    if asked.state:
        found.append(DeliveryRow.state == asked.state.value)
    if asked.cursor:
        found.append(tuple_(DeliveryRow.created_at, DeliveryRow.id) < tuple_(*open_place(asked.cursor)))
    return found


def _out(row: DeliveryRow, destination: Destination) -> DeliveryOut:
    values = {name: getattr(row, name) for name in DeliveryOut.model_fields if hasattr(row, name)}
    values |= {"destination": destination.name, "kind": destination.kind, "plate": row.event.get("plate", "")}
    return DeliveryOut.model_validate(values)
