"""Signing in at a provider, and an admin's settings of it."""

from __future__ import annotations

import re
import secrets
from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.api import audit
from services.api.access import Who, admin_only, origin_of, public
from services.api.asked import Body
from services.api.deps import Db, Site, State
from services.api.errors import NobodyAnswers, SignInNeeded, refuses
from services.api.oidc import provider, queries
from services.api.oidc.provider import Errand
from services.api.oidc.schemas import OidcCheck, OidcSettings
from services.api.sign_in import rate
from services.api.sign_in.endpoints import set_cookie
from services.api.sign_in.queries import let_in
from shared.clock import now
from shared.db.session import transaction
from shared.errors import PlatewireError
from shared.secrets import SecretsError

router = APIRouter(tags=["provider"])
PATIENCE = 600
"""Seconds that a person may take at the provider."""
LIMITS = ((60, 30),)
# Our cookie is strict: it is not sent along when the provider's page leads here, but it is from a page of our own.
_BACK_HOME = (
    '<!doctype html><html lang="en"><head><title>Platewire</title><meta http-equiv="refresh" content="0;url=/">'
    '</head><body><a href="/">Go on</a></body></html>'
)


@router.get("/session/provider", response_class=RedirectResponse, status_code=303, responses=refuses(401, 404, 429))
@public
def go_to_provider(request: Request, session: Db, site: Site) -> RedirectResponse:
    """Sends the browser to the provider."""
    rate.count(site.events, origin_of(request), LIMITS, "provider")
    settings, _ = queries.stored(session)
    errand = Errand(*(secrets.token_urlsafe(32) for _ in range(3)))
    answer = RedirectResponse(provider.address(settings, provider.discover(settings), errand), status_code=303)
    sealed = site.vault.seal({**vars(errand), "until": now().timestamp() + PATIENCE})
    answer.set_cookie(
        _cookie(request),
        sealed.decode(),
        max_age=PATIENCE,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


Text = Annotated[str, Query(max_length=4000, description="as the provider sends it")]


@router.get("/session/provider/callback", response_class=HTMLResponse, responses=refuses(401, 404, 429))
@public
def come_from_provider(
    request: Request, site: Site, code: Text = "", state: Text = "", error: Text = "", iss: Text = ""
) -> Response:
    """Where the provider sends the browser back to; opens a session."""
    origin = origin_of(request)
    rate.count(site.events, origin, LIMITS, "provider")
    try:
        answer = HTMLResponse(_BACK_HOME)
        set_cookie(request, answer, _opened(request, site, code, state, (error, iss)))
    except PlatewireError as refused:
        with transaction(site.engine) as session:
            audit.record(session, "provider", "sign_in.failed", "", {"from": origin, "reason": str(refused)})
        raise
    answer.delete_cookie(_cookie(request), path="/", secure=request.url.scheme == "https", httponly=True)
    return answer


def _opened(request: Request, site: State, code: str, state: str, told: tuple[str, str]) -> str:
    """The token of a new session. Raises SignInNeeded, NobodyAnswers, Missing, Conflict."""
    with transaction(site.engine) as session:
        settings, sealed = queries.stored(session)
    error, issuer = told
    errand = _errand(request, site)
    if errand is None or not compare_digest(errand.state.encode(), state.encode()):
        raise SignInNeeded("This sign-in was not begun here or took too long, begin it again")
    if error or (issuer and issuer != settings.issuer):
        slug = error if re.fullmatch(r"[a-z_]{1,60}", error) else "another issuer"
        raise SignInNeeded(f"The provider did not let you in: {slug}")
    claims = provider.claims(settings, queries.secret_of(site.vault, sealed), code, errand)
    agent = request.headers.get("User-Agent", "")
    with transaction(site.engine) as session:
        user = queries.user_of(session, settings, claims)
        if user:
            return let_in(session, user, origin_of(request), agent, now())[0]
    raise SignInNeeded("The provider knows you, and you have no role here; ask an admin")


def _errand(request: Request, site: State) -> Errand | None:
    try:
        kept = site.vault.open(request.cookies.get(_cookie(request), "").encode())
    except SecretsError:
        return None
    until = kept.pop("until", 0)
    return Errand(**kept) if until > now().timestamp() else None


def _cookie(request: Request) -> str:
    return "__Host-platewire-provider" if request.url.scheme == "https" else "platewire-provider"


@router.get("/provider", responses=refuses(404))
@admin_only
def get_provider(session: Db) -> OidcSettings:
    """The provider's settings, the secret as a mask."""
    return queries.masked(*queries.stored(session))


@router.put("/provider")
@admin_only
def set_provider(asked: Body[OidcSettings], session: Db, site: Site, who: Who) -> OidcSettings:
    """Sets the provider that people may sign in at."""
    shown = queries.store(session, site.vault, asked)
    audit.record(session, who, "provider.change", asked.issuer, {"roles": asked.roles})
    return shown


@router.delete("/provider", status_code=204, responses=refuses(404))
@admin_only
def delete_provider(session: Db, who: Who) -> None:
    """Takes the provider away; who signed in there stays known and can no longer sign in."""
    queries.remove(session)
    audit.record(session, who, "provider.delete", "")


@router.post("/provider/check", responses=refuses(404))
@admin_only
def check_provider(session: Db) -> OidcCheck:
    """Asks the provider for its discovery document."""
    settings, _ = queries.stored(session)
    try:
        provider.discover(settings)
    except (NobodyAnswers, SignInNeeded) as error:
        return OidcCheck(ok=False, sentence=str(error))
    return OidcCheck(ok=True, sentence="The provider answers")
