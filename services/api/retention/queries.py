"""Counts what a run of retention would delete."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from services.api.retention.rows import held
from services.api.retention.schemas import RetentionOut, WouldGo
from services.api.retention.work import old_pictures, old_unread
from shared import site
from shared.clock import now
from shared.db.tables import Audit, Camera, Command, DeliveryRow, EventRow
from shared.errors import Invalid
from shared.messages import DeliveryState
from shared.retention import Cutoffs, Retention, RetentionRun

COUNTED = 100_000


def shown(session: Session, settings: Retention) -> RetentionOut:
    """These settings, what they would delete now, and the last run."""
    last = site.load(session, RetentionRun)
    return RetentionOut(
        **settings.model_dump(),
        would_go=would_go(session, Cutoffs.of(settings, now())),
        last_run_at=last.at,
        last_run=last.sentence,
    )


def would_go(session: Session, cutoffs: Cutoffs) -> WouldGo:
    def count(query: Select[Any]) -> int:
        return session.scalar(select(func.count()).select_from(query.limit(COUNTED).subquery())) or 0

    free = ~held(EventRow.event_id)
    unread = old_unread(cutoffs.unread) if cutoffs.unread else false()
    old = EventRow.captured_at < cutoffs.events if cutoffs.events else false()
    lost = or_(false(), *old_pictures(cutoffs)) & or_(EventRow.frame_key != "", EventRow.crop_key != "")
    sent = DeliveryRow.state != DeliveryState.DUE.value
    return WouldGo(
        events=count(select(EventRow.event_id).where(old, free, EventRow.unread == "")),
        unread=count(select(EventRow.event_id).where(or_(unread, old & (EventRow.unread != "")), free)),
        events_with_pictures=count(select(EventRow.event_id).where(lost, free)),
        deliveries=count(select(DeliveryRow.id).where(_before(DeliveryRow.created_at, cutoffs.events), sent)),
        commands=count(select(Command.id).where(_before(Command.issued_at, cutoffs.events))),
        audit=count(select(Audit.id).where(_before(Audit.at, cutoffs.audit))),
        held=count(select(EventRow.event_id).where(or_(old, unread), ~free)),
    )


def check_cameras(session: Session, settings: Retention) -> None:
    """Raises Invalid for a camera that does not exist."""
    known = set(session.scalars(select(Camera.id).where(Camera.id.in_(settings.cameras))))
    if unknown := next((camera for camera in settings.cameras if camera not in known), None):
        raise Invalid(f"There is no camera {unknown}", "cameras")


def _before(column: Any, cutoff: datetime | None) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column < cutoff if cutoff else false()
    return found
