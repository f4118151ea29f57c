"""Signing in, out, and who one is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.api.access import ABSOLUTE, Who, allow, cookie_name, origin_of, public
from services.api.asked import Body
from services.api.deps import Db, Site
from services.api.errors import SecondFactorNeeded, SignInNeeded, refuses
from services.api.oidc.queries import provider_title
from services.api.sign_in import queries, rate
from services.api.sign_in.queries import Attempt, Refusal
from services.api.sign_in.schemas import Me, SignIn, Ways
from shared.clock import now
from shared.db.session import transaction
from shared.site import SiteName, load

router = APIRouter(prefix="/session", tags=["session"])


@router.post("", responses=refuses(401, 429))
@public
def sign_in(asked: Body[SignIn], request: Request, response: Response, site: Site) -> Me:
    """Opens a session and sets its cookie. With a second factor it wants its code too, by `second_factor_needed`."""
    origin = origin_of(request)
    counted = rate.count(site.events, origin)
    attempt = Attempt(asked.name, asked.password, asked.code, origin, request.headers.get("User-Agent", ""))
    # A transaction of its own: a refused try must be counted, and raising would undo that.
    with transaction(site.engine) as session:
        opened = queries.sign_in(session, site.vault, attempt, now())
        called = load(session, SiteName).value
    if opened is Refusal.WRONG:
        raise SignInNeeded(opened)
    if opened is Refusal.WRONG_CODE:
        raise SecondFactorNeeded(opened)
    rate.forgive(site.events, counted)
    if isinstance(opened, Refusal):
        raise SecondFactorNeeded(opened)
    set_cookie(request, response, opened[0])
    return Me.of(opened[1], called)


@router.get("")
@allow()
def who_am_i(session: Db, who: Who) -> Me:
    """Who the credentials of this request belong to."""
    return Me.of(who, load(session, SiteName).value)


@router.get("/ways")
@public
def ways_to_sign_in(session: Db) -> Ways:
    """What the page for signing in offers."""
    return Ways(provider=provider_title(session))


@router.delete("", status_code=204)
@allow()
def sign_out(request: Request, response: Response, session: Db, who: Who) -> None:
    """Ends the session."""
    queries.sign_out(session, who)
    response.delete_cookie(
        cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="strict"
    )


def set_cookie(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
