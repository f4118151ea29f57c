"""Pulls the lists that the server grants, page by page, into the database; their mirrors copy them from there.

A page whose version is here already is not asked for again, and each page is kept as soon as it is here, so that a
broken connection costs one page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.integrations.numberok_meta.profile import ListNames
from services.integrations.numberok_meta.server import Server
from shared.db.session import transaction
from shared.db.tables import MetaList, MetaListPage
from shared.errors import Reject, Trouble
from shared.integration import Standing
from shared.matching import Match
from shared.schedules import Schedule

MOST_LISTS, MOST_PAGES, MOST_ENTRIES = 100, 20_000, 20_000
Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]


class Granted(BaseModel):
    """A list as the server names it; read after its names became ours."""

    id: UUID
    name: Annotated[Text, Field(min_length=1)]
    match: Match = "strict"
    version: Annotated[Text, Field(min_length=1)]


class Page(BaseModel):
    """One page as the server names it."""

    first: Text
    version: Annotated[Text, Field(min_length=1)]


class Entry(BaseModel):
    """One entry, with the names of the columns of a list's file; what else is said is left out."""

    model_config = ConfigDict(extra="ignore")

    plate: Text
    typed: Text = ""
    note: Text = ""
    owner: Text = ""
    contact: Text = ""
    tag: Text = ""
    colour: Text = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    schedule: Schedule | None = None


def pull(standing: Standing, server: Server) -> bool:
    """Brings what is here up to what the server grants; False when that changed meanwhile. Raises as Server does."""
    called = server.names.lists
    found = _each(Granted, server.look(server.names.paths.lists).get(called.lists), called, MOST_LISTS)
    with transaction(standing.engine) as session:
        known = _known(session, standing, found)
    news = [one for one in found if known[one.id].version != one.version]
    unfinished = [one for one in news if not _pull_list(standing, server, known[one.id].id, one)]
    return not unfinished


def _known(session: Session, standing: Standing, found: Sequence[Granted]) -> dict[UUID, MetaList]:
    """The rows of what is granted; those of what is not any more go."""
    mine = MetaList.destination_id == standing.destination_id
    session.execute(delete(MetaList).where(mine, MetaList.remote_id.not_in(one.id for one in found)))
    for one in found:
        row = {"destination_id": standing.destination_id, "remote_id": one.id, "name": one.name, "match": one.match}
        session.execute(insert(MetaList).values(row).on_conflict_do_nothing())
    return {row.remote_id: row for row in session.scalars(select(MetaList).where(mine))}


def _pull_list(standing: Standing, server: Server, list_id: UUID, granted: Granted) -> bool:
    called, paths = server.names.lists, server.names.paths
    told = server.look(paths.list, str(granted.id))
    pages, version = _each(Page, told.get(called.pages), called, MOST_PAGES), str(told.get(called.version, ""))
    with transaction(standing.engine) as session:
        here = {row.first: row.version for row in session.execute(_versions(list_id))}
    whole = True
    for page, following in zip(pages, [*pages[1:], None], strict=False):
        if here.get(page.first) == page.version:
            continue
        if standing.stopping.is_set():
            return False
        whole &= _pull_page(standing, server, (list_id, granted.id), page, following) == page.version
    with transaction(standing.engine) as session:
        gone = MetaListPage.first.not_in([page.first for page in pages])
        session.execute(delete(MetaListPage).where(MetaListPage.meta_list_id == list_id, gone))
        # Of a list that changed meanwhile the pages are of two moments: the next look brings the rest.
        if whole:
            session.execute(update(MetaList).where(MetaList.id == list_id).values(version=version[:100]))
    return whole


def _pull_page(standing: Standing, server: Server, ids: tuple[UUID, UUID], page: Page, following: Page | None) -> str:
    """Keeps one page; the version that it has by now."""
    called = server.names.lists
    until = {called.before: following.first} if following else {}
    told = server.look(server.names.paths.page, str(ids[1]), **{called.first: page.first}, **until)
    entries = _each(Entry, told.get(called.entries), called, MOST_ENTRIES)
    version = str(told.get(called.version, ""))[:100]
    row = {"meta_list_id": ids[0], "first": page.first, "version": version}
    values = insert(MetaListPage).values(entries=[entry.model_dump(mode="json") for entry in entries], **row)
    new = {"version": values.excluded.version, "entries": values.excluded.entries}
    with transaction(standing.engine) as session:
        session.execute(values.on_conflict_do_update(index_elements=["meta_list_id", "first"], set_=new))
    return version


def _versions(list_id: UUID) -> Any:
    return select(MetaListPage.first, MetaListPage.version).where(MetaListPage.meta_list_id == list_id)


def _each(kind: type[Any], told: object, called: ListNames, most: int) -> list[Any]:
    """What the server says of lists, pages or entries, under our names. Raises Reject for what is none of it."""
    ours = {theirs: name for name, theirs in called.model_dump().items()}
    try:
        if not isinstance(told, list) or len(told) > most:
            raise ValueError
        return [kind.model_validate({ours.get(name, name): value for name, value in one.items()}) for one in told]
    except (ValidationError, ValueError, AttributeError):
        raise Reject("What the server says of its lists cannot be understood", 200, Trouble.WRONG_DEVICE) from None
