"""The live feed; the only endpoint that is async, because a reader stays for minutes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from services.api.access import Who, allow, still_in
from services.api.deps import Site
from services.api.errors import a_file
from services.api.live import feed
from shared.credentials import Scope

router = APIRouter(prefix="/live", tags=["live"])
LastSeen = Annotated[str | None, Header(alias="Last-Event-ID", max_length=64, description="the last that was seen")]


@router.get("", response_class=StreamingResponse, responses=a_file("text/event-stream"))
@allow(Scope.EVENTS_READ)
async def follow_events(request: Request, site: Site, who: Who, last_seen: LastSeen = None) -> StreamingResponse:
    """Events as they happen (server-sent events `event`); resumes after `Last-Event-ID`.

    It ends when the credentials do.
    """

    async def holds() -> bool:
        return await run_in_threadpool(still_in, request, site)

    client = feed.connect(site.settings.redis_events_url)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        feed.follow(client, feed.Reader(who, holds), last_seen), media_type="text/event-stream", headers=headers
    )
