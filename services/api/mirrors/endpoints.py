"""The mirror of a list: set it, look at it, run it now. What waits for approval is confirmed as an import."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import func

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.deps import Db, Site
from services.api.mirrors import queries
from services.api.mirrors.schemas import MirrorIn, MirrorOut
from services.api.repeats import OnceRoute, once
from shared.credentials import Scope

router = APIRouter(prefix="/lists/{name}/mirror", tags=["lists"], route_class=OnceRoute)


@router.get("")
@allow(Scope.LISTS_READ)
def get_mirror(name: str, session: Db, site: Site) -> MirrorOut:
    """Where the list is copied from, and how the last run went."""
    return queries.shown(queries.mirror_of(session, name), site.vault, name)


@router.put("")
@allow(Scope.LISTS_WRITE, Scope.DESTINATIONS_WRITE)
def set_mirror(name: str, asked: Body[MirrorIn], session: Db, site: Site, who: Who) -> MirrorOut:
    """Has the list copied from a URL or a file by the clock, from now on: an address that this site then calls."""
    row = queries.set_mirror(session, site.vault, name, asked, who.actor)
    shown = queries.shown(row, site.vault, name)
    audit.record(session, who, "list.mirror.set", name, {"source": shown.source.model_dump(mode="json")})
    return shown


@router.delete("", status_code=204)
@allow(Scope.LISTS_WRITE)
def delete_mirror(name: str, session: Db, who: Who) -> None:
    """Ends the copying; the entries stay."""
    session.delete(queries.mirror_of(session, name, change=True))
    audit.record(session, who, "list.mirror.delete", name)


@router.post("/run", status_code=202)
@allow(Scope.LISTS_WRITE)
@once
def run_mirror(name: str, session: Db, site: Site, who: Who) -> MirrorOut:
    """Makes the mirror due now; it runs within seconds."""
    row = queries.mirror_of(session, name, change=True)
    row.next_run_at = func.now()
    audit.record(session, who, "list.mirror.run", name)
    session.flush()
    session.refresh(row)
    return queries.shown(row, site.vault, name)
