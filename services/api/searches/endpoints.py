"""Searches that somebody keeps under a name; they are theirs alone."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.deps import Db
from services.api.repeats import OnceRoute, once
from services.api.searches import queries
from services.api.searches.schemas import Searches, SearchIn, SearchOut
from shared.credentials import Scope

router = APIRouter(prefix="/searches", tags=["events"], route_class=OnceRoute)


@router.get("")
@allow(Scope.EVENTS_READ)
def list_searches(session: Db, who: Who) -> Searches:
    """The searches that you keep, by name."""
    return Searches(searches=[SearchOut.model_validate(row) for row in queries.own(session, who)])


@router.post("", status_code=201)
@allow(Scope.EVENTS_READ)
@once
def save_search(asked: Body[SearchIn], session: Db, who: Who) -> SearchOut:
    """Keeps a search under a name of your own."""
    row = queries.add(session, asked, who)
    audit.record(session, who, "search.add", row.name, {"query": row.query})
    return SearchOut.model_validate(row)


@router.delete("/{search_id}", status_code=204)
@allow(Scope.EVENTS_READ)
def delete_search(search_id: UUID, session: Db, who: Who) -> None:
    """Forgets a search that you keep."""
    row = queries.remove(session, search_id, who)
    audit.record(session, who, "search.delete", row.name)
