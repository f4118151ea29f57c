"""Lists of plates and their entries."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.deps import Db
from services.api.lists import preview, queries
from services.api.lists.schemas import (
    Added,
    Entries,
    EntryDetails,
    EntryIn,
    EntryOut,
    ListIn,
    ListOut,
    ListPatch,
    Lists,
    PreviewIn,
    PreviewOut,
)
from services.api.paging import Limit
from services.api.repeats import OnceRoute, once
from shared.credentials import Scope

router = APIRouter(prefix="/lists", tags=["lists"], route_class=OnceRoute)
Find = Annotated[str, Query(max_length=64, description="part of a plate, note, owner, contact or tag")]
After = Annotated[str, Query(alias="cursor", max_length=200, description="`next` of the page before")]


@router.get("")
@allow(Scope.LISTS_READ)
def list_lists(session: Db) -> Lists:
    """All lists with how many entries each has."""
    return Lists(lists=queries.all_lists(session))


@router.post("", status_code=201)
@allow(Scope.LISTS_WRITE)
@once
def add_list(asked: Body[ListIn], session: Db, who: Who) -> ListOut:
    """Adds a named list; black and white are always there."""
    row = queries.add_list(session, asked)
    audit.record(session, who, "list.add", asked.name)
    return queries.listed(row, 0)


@router.patch("/{name}")
@allow(Scope.LISTS_WRITE)
def change_list(name: str, asked: Body[ListPatch], session: Db, who: Who) -> ListOut:
    """Changes how a list matches, its colour or, of a named list that no reaction names, its name."""
    changed = queries.change_list(session, name, asked)
    audit.record(session, who, "list.change", name, asked.model_dump(exclude_none=True))
    return changed


@router.delete("/{name}", status_code=204)
@allow(Scope.LISTS_WRITE)
def delete_list(name: str, session: Db, who: Who) -> None:
    """Takes a named list away with its entries."""
    queries.remove_list(session, name)
    audit.record(session, who, "list.delete", name)


@router.get("/{name}/entries")
@allow(Scope.LISTS_READ)
def list_entries(name: str, session: Db, find: Find = "", after: After = "", limit: Limit = 50) -> Entries:
    """Entries of a list, by plate."""
    rows, following = queries.entries(session, name, after, limit, find)
    shown = [EntryOut.model_validate(row, from_attributes=True) for row in rows]
    return Entries(list=name, entries=shown, next=following)


@router.post(
    "/{name}/entries", status_code=201, responses={200: {"model": Added, "description": "It was there already"}}
)
@allow(Scope.LISTS_WRITE)
@once
def add_entry(name: str, asked: Body[EntryIn], session: Db, who: Who, response: Response) -> Added:
    """Puts a plate or pattern on a list: 201 when it is new there, 200 when it was there."""
    plate, added = queries.add_entry(session, name, asked)
    if added:
        audit.record(session, who, "list.entry.add", name, {"plate": plate})
    else:
        response.status_code = 200
    return Added(list=name, plate=plate, added=added)


@router.patch("/{name}/entries/{plate}")
@allow(Scope.LISTS_WRITE)
def change_entry(name: str, plate: str, asked: Body[EntryDetails], session: Db, who: Who) -> EntryOut:
    """Changes the details that are given; null takes a time or the schedule away. 404 not_listed without an entry."""
    row, fields = queries.change_entry(session, name, plate, asked)
    audit.record(session, who, "list.entry.change", name, {"plate": row.plate, "fields": fields})
    return EntryOut.model_validate(row, from_attributes=True)


@router.delete("/{name}/entries/{plate}", status_code=204)
@allow(Scope.LISTS_WRITE)
def delete_entry(name: str, plate: str, session: Db, who: Who) -> None:
    """Takes a plate off a list; 404 not_listed when it is not on it."""
    gone = queries.remove_entry(session, name, plate)
    audit.record(session, who, "list.entry.delete", name, {"plate": gone})


@router.post("/{name}/preview")
@allow(Scope.LISTS_READ, Scope.EVENTS_READ)
def preview_entry(name: str, asked: Body[PreviewIn], session: Db, who: Who) -> PreviewOut:
    """Which events of the last 90 days this entry would have matched, and through which look-alikes; adds nothing."""
    return preview.preview(session, name, asked, who)
