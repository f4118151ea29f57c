"""Opening a barrier by hand, and how far every order has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Query

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.commands import queries
from services.api.commands.schemas import CommandFilter, CommandOut, Commands, OpenBarrier
from services.api.deliveries.queries import wake
from services.api.deps import Db, Site
from services.api.repeats.queries import HEADER
from services.api.repeats.route import KEY
from shared.credentials import Scope

router = APIRouter(tags=["barriers"])
Key = Annotated[
    str | None,
    Header(
        alias=HEADER,
        pattern=f"^{KEY}$",
        description="the same key orders once, for ever: unlike other answers it is kept with the order itself, so "
        "that not even a crash between the two opens a barrier twice",
    ),
]


def _hint(site: Site, later: BackgroundTasks) -> Callable[[UUID, UUID], None]:
    """After the commit, or the worker would look before there is something to see."""
    return lambda destination_id, command_id: later.add_task(wake, site.events, destination_id, command_id)


@router.post("/barriers/{destination_id}/open", status_code=202)
@allow(Scope.BARRIERS_OPEN)
def open_barrier(
    destination_id: UUID,
    asked: Body[OpenBarrier],
    session: Db,
    who: Who,
    hint: Annotated[Callable[[UUID, UUID], None], Depends(_hint)],
    key: Key = None,
) -> CommandOut:
    """Orders a barrier to open; ask for the command to see what came of it. While barriers are locked nobody may."""
    row, new = queries.order(session, destination_id, who, asked.reason, key)
    if new:
        audit.record(session, who, "barrier.open", row.destination, {"reason": asked.reason, "command": str(row.id)})
        hint(destination_id, row.id)
    return row


@router.get("/commands")
@allow(Scope.DELIVERIES_READ)
def list_commands(asked: Annotated[CommandFilter, Query()], session: Db, who: Who) -> Commands:
    """Orders to barriers, newest first."""
    rows, following = queries.page(session, asked, who)
    return Commands(commands=rows, next=following)


@router.get("/commands/{command_id}")
@allow(Scope.DELIVERIES_READ)
def get_command(command_id: UUID, session: Db, who: Who) -> CommandOut:
    """One order and what came of it."""
    return queries.command(session, command_id, who)
