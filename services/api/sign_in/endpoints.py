"""Signing in, out, and who one is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.api.access import ABSOLUTE, Who, allow, cookie_name, public
from services.api.deps import Db, Site
from services.api.errors import SignInNeeded
from services.api.sign_in import queries
from services.api.sign_in.rate import slow_down
from services.api.sign_in.schemas import Me, SignIn
from shared.clock import now
from shared.db.session import transaction

router = APIRouter(prefix="/session", tags=["session"])


@router.post("")
@public
def sign_in(asked: SignIn, request: Request, response: Response, site: Site) -> Me:
    """Opens a session and sets its cookie."""
    origin = request.client.host if request.client else "unknown"
    slow_down(site.events, asked.name, origin)
    # A transaction of its own: a refused try must be counted, and raising would undo that.
    with transaction(site.engine) as session:
        opened = queries.sign_in(session, asked.name, asked.password, origin, now())
    if opened is None:
        raise SignInNeeded("Name or password do not fit, or the user is locked after too many tries")
    _set_cookie(request, response, opened[0])
    return Me.of(opened[1])


@router.get("")
@allow()
def who_am_i(who: Who) -> Me:
    """Who the credentials of this request belong to."""
    return Me.of(who)


@router.delete("", status_code=204)
@allow()
def sign_out(request: Request, response: Response, session: Db, who: Who) -> None:
    """Ends the session."""
    queries.sign_out(session, who)
    response.delete_cookie(cookie_name(request), path="/")


def _set_cookie(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
