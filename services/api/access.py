"""Who asks, and whether they may: the one place that lets a request in. A route without a mark is closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.deps import State, state_of
from services.api.errors import NotAllowed, SignInNeeded
from shared.clock import now
from shared.credentials import ROLE_SCOPES, Role, Scope, token_hash
from shared.db.session import transaction
from shared.db.tables import ApiKey, LoginSession, User

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
"""A session ends after so long without a request, and after so long in any case (OWASP Session Management)."""
TOUCH = timedelta(minutes=1)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PAGE_HEADER = "X-Platewire"
"""Another site can make a browser send our cookie, but not this header (OWASP CSRF, custom request headers)."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])
_MARK = "platewire_access"
_EVERYBODY = frozenset({"*"})


def public(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint that needs no credentials."""
    setattr(endpoint, _MARK, _EVERYBODY)
    return endpoint


def allow(*scopes: Scope) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint with the scopes that it asks for, all of them; without scopes any identity may use it."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, frozenset(scopes))
        return endpoint

    return mark


def admin_only(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint for those who hold every scope: it hands out rights."""
    return allow(*Scope)(endpoint)


def mark_of(endpoint: object) -> frozenset[str] | None:
    """An endpoint's mark, None when it has none."""
    return getattr(endpoint, _MARK, None)


@dataclass(frozen=True)
class Identity:
    """Who asks. `actor` is how the audit names them."""

    actor: str
    name: str
    role: Role | None
    scopes: frozenset[Scope]
    session: bytes | None = None


def cookie_name(request: Request) -> str:
    """`__Host-` binds the cookie to this host and to TLS; browsers refuse it without TLS."""
    return "__Host-platewire" if request.url.scheme == "https" else "platewire"


def guard(request: Request, state: Annotated[State, Depends(state_of)]) -> None:
    """Lets a request in or raises SignInNeeded (401) or NotAllowed (403)."""
    mark = mark_of(request.scope["route"].endpoint)
    if mark is None:
        raise NotAllowed("This address is closed")
    if mark == _EVERYBODY:
        return
    identity = identify(request, state)
    if identity is None:
        raise SignInNeeded("Sign in or send an API key as Authorization: Bearer")
    if identity.session and request.method not in SAFE and request.headers.get(PAGE_HEADER) != "1":
        raise NotAllowed(f"A change from a browser needs the header {PAGE_HEADER}: 1")
    if lacking := sorted(mark - identity.scopes):
        raise NotAllowed(f"This needs the scope {', '.join(lacking)}")
    request.state.identity = identity


def current(request: Request) -> Identity:
    identity: Identity = request.state.identity
    return identity


Who = Annotated[Identity, Depends(current)]


def identify(request: Request, state: State) -> Identity | None:
    """The identity behind an API key or, without one, behind the session cookie; None when neither holds."""
    key = _api_key(request)
    token = key or request.cookies.get(cookie_name(request))
    if not token:
        return None
    find = _by_key if key else _by_session
    with transaction(state.engine) as session:
        return find(session, token_hash(token), now())


def _api_key(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.headers.get("X-API-Key")


def _by_key(session: Session, hashed: bytes, moment: datetime) -> Identity | None:
    key = session.scalar(select(ApiKey).where(ApiKey.key_hash == hashed))
    if key is None or (key.expires_at and key.expires_at <= moment):
        return None
    if key.last_used_at is None or moment - key.last_used_at > TOUCH:
        key.last_used_at = moment
    scopes = frozenset(Scope) if "*" in key.scopes else frozenset(Scope(scope) for scope in key.scopes)
    return Identity(f"key:{key.name}", key.name, None, scopes)


def _by_session(session: Session, hashed: bytes, moment: datetime) -> Identity | None:
    found = session.execute(
        select(LoginSession, User).join(User, User.id == LoginSession.user_id).where(LoginSession.token_hash == hashed)
    ).first()
    if found is None:
        return None
    login, user = found
    if not user.enabled or login.expires_at <= moment or moment - login.last_used_at > IDLE:
        return None
    if moment - login.last_used_at > TOUCH:
        login.last_used_at = moment
    role = Role(user.role)
    return Identity(f"user:{user.name}", user.name, role, ROLE_SCOPES[role], hashed)
