"""What was told to whom, and telling it again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query

from services.api import audit
from services.api.access import Who, allow
from services.api.deliveries import queries
from services.api.deliveries.schemas import Deliveries, DeliveryFilter, DeliveryOut
from services.api.deps import Db, Site
from services.api.repeats import OnceRoute, once
from shared.clock import now
from shared.credentials import Scope

router = APIRouter(prefix="/deliveries", tags=["deliveries"], route_class=OnceRoute)


@router.get("")
@allow(Scope.DELIVERIES_READ)
def list_deliveries(asked: Annotated[DeliveryFilter, Query()], session: Db, who: Who) -> Deliveries:
    """Deliveries, newest first."""
    rows, following = queries.page(session, asked, who)
    return Deliveries(deliveries=rows, next=following)


@router.post("/{delivery_id}/resend")
@allow(Scope.DELIVERIES_WRITE)
@once
def resend_delivery(delivery_id: UUID, session: Db, site: Site, who: Who, later: BackgroundTasks) -> DeliveryOut:
    """Sends a delivered, dead or expired delivery once more, with the content that it had."""
    row = queries.resend(session, delivery_id, who, now())
    audit.record(session, who, "delivery.resend", str(delivery_id), {"destination": row.destination})
    # After the commit, or the worker would look before there is something to see.
    later.add_task(queries.wake, site.events, row.destination_id, row.id)
    return row
