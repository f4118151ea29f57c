"""Destinations, trying their connection, and the integrations that they can be of."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.deps import Db, Site
from services.api.destinations import queries
from services.api.destinations.check import check
from services.api.destinations.schemas import (
    CheckResult,
    DestinationIn,
    DestinationOut,
    DestinationPatch,
    Destinations,
    IntegrationOut,
    Integrations,
)
from services.api.errors import refuses
from services.api.repeats import OnceRoute, once
from shared.credentials import Scope
from shared.db.session import transaction

router = APIRouter(tags=["destinations"], route_class=OnceRoute)


@router.get("/integrations")
@allow(Scope.DESTINATIONS_READ)
def list_integrations(session: Db) -> Integrations:
    """The kinds of destination that this site can talk to, with the schema of their settings."""
    kinds = queries.kinds(session)
    return Integrations(integrations=[IntegrationOut.model_validate(row, from_attributes=True) for row in kinds])


@router.get("/destinations")
@allow(Scope.DESTINATIONS_READ)
def list_destinations(session: Db, site: Site) -> Destinations:
    """All destinations, secrets masked."""
    return Destinations(destinations=queries.all_destinations(session, site.vault))


@router.post("/destinations", status_code=201)
@allow(Scope.DESTINATIONS_WRITE)
@once
def add_destination(asked: Body[DestinationIn], session: Db, site: Site, who: Who) -> DestinationOut:
    """Adds a destination; reactions name it then."""
    row = queries.add(session, site.vault, asked)
    audit.record(session, who, "destination.add", row.name, {"kind": row.kind})
    return queries.shown(session, site.vault, row)


@router.get("/destinations/{destination_id}")
@allow(Scope.DESTINATIONS_READ)
def get_destination(destination_id: UUID, session: Db, site: Site) -> DestinationOut:
    """One destination, secrets masked."""
    return queries.shown(session, site.vault, queries.destination(session, destination_id))


@router.patch("/destinations/{destination_id}")
@allow(Scope.DESTINATIONS_WRITE)
def change_destination(
    destination_id: UUID, asked: Body[DestinationPatch], session: Db, site: Site, who: Who
) -> DestinationOut:
    """Changes what is given. A secret that comes back as the mask stays as it was."""
    row = queries.change(session, site.vault, destination_id, asked)
    audit.record(session, who, "destination.change", row.name, {"fields": sorted(asked.model_fields_set)})
    return queries.shown(session, site.vault, row)


@router.delete("/destinations/{destination_id}", status_code=204)
@allow(Scope.DESTINATIONS_WRITE)
def delete_destination(destination_id: UUID, session: Db, who: Who) -> None:
    """Takes a destination away with its deliveries and reactions."""
    audit.record(session, who, "destination.delete", queries.remove(session, destination_id))


@router.post("/destinations/{destination_id}/test", responses=refuses(504))
@allow(Scope.DESTINATIONS_WRITE)
def test_destination(destination_id: UUID, site: Site, who: Who) -> CheckResult:
    """Tries the connection and says in one sentence what came of it."""
    with transaction(site.engine) as session:
        audit.record(session, who, "destination.test", queries.destination(session, destination_id).name)
    return check(site.events, destination_id)
