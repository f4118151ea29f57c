"""What a site asks of its server with its connection key; docs/meta.md tells in which order."""

from __future__ import annotations

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.deps import Db, Site
from services.api.ingest import taking
from services.api.ingest.taking import MAX_BODY as MAX_EVENT
from services.api.ingest.taking import Parts
from services.api.meta import events, pages, sites, sources
from services.api.meta.events import EVENT_BODY
from services.api.meta.wire import Beat, GrantedLists, Heartbeat, MetaStored, PageOut, Pages, Registered, Registration
from shared.clock import now
from shared.credentials import Scope

MAX_BODY = 4 * 1024 * 1024
"""Of a registration or heartbeat of a thousand cameras."""
router = APIRouter(prefix="/meta", tags=["meta connection"])
First = Annotated[
    str, Query(max_length=64, description="the plate that the page begins with; empty for the first page")
]
Before = Annotated[
    str | None, Query(max_length=64, description="the plate that the next page begins with; absent at the last")
]


@router.put("/registration", max_body_size=MAX_BODY)
@allow(Scope.META_CONNECT)
def register_meta_site(asked: Body[Registration], session: Db, site: Site, who: Who) -> Registered:
    """Registers the site's cameras, all of them; what it sends again changes nothing."""
    row = sites.of_key(session, who)
    changes = sources.register(session, site.vault, row, asked, now())
    if changes:
        audit.record(session, who, "meta.register", row.name, vars(changes))
    return Registered(site=row.name, sources=len(asked.sources))


@router.post("/heartbeat", max_body_size=MAX_BODY)
@allow(Scope.META_CONNECT)
def report_meta_site(asked: Body[Heartbeat], session: Db, who: Who) -> Beat:
    """Takes how the site is doing, and says whether there is something for it."""
    row, moment = sites.of_key(session, who), now()
    registered = sources.note(session, row, asked, moment)
    return Beat(received_at=moment, registered=registered, lists=pages.state(session, row))


@router.post("/events", max_body_size=MAX_EVENT, openapi_extra=EVENT_BODY)
@allow(Scope.META_CONNECT)
def send_meta_event(parts: Parts, session: Db, site: Site, who: Who) -> MetaStored:
    """Stores an event of one of the site's cameras, with its pictures. The same may come again: `webhook-id` names it.

    The document is that of the integration guide; a time without an offset is UTC.
    """
    row = sites.of_key(session, who)
    said = events.said(parts)
    camera = sources.camera_of(session, row, events.source_of(said))
    row.last_contact_at = now()
    return MetaStored(stored=taking.take(session, site, who, camera, said))


@router.get("/lists", responses={304: {"description": "What the site has by this ETag is still true"}})
@allow(Scope.META_CONNECT)
def list_granted_lists(session: Db, who: Who, request: Request, response: Response) -> GrantedLists:
    """The lists that the site may pull, with an ETag over all of them."""
    found = GrantedLists(lists=pages.granted(session, sites.of_key(session, who)))
    tag = f'"{hashlib.sha256(found.model_dump_json().encode()).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})  # type: ignore[return-value]
    response.headers["ETag"] = tag
    return found


@router.get("/lists/{list_id}")
@allow(Scope.META_CONNECT)
def get_granted_list(list_id: UUID, session: Db, who: Who) -> Pages:
    """A granted list as its pages with their versions."""
    return pages.pages_of(session, sites.of_key(session, who), list_id)


@router.get("/lists/{list_id}/page")
@allow(Scope.META_CONNECT)
def get_granted_page(list_id: UUID, session: Db, who: Who, first: First = "", before: Before = None) -> PageOut:
    """The entries from `first` on until just before `before`, the first of the page behind."""
    return pages.page_of(session, sites.of_key(session, who), list_id, first, before)
