"""Who asks, and whether they may: the one place that lets a request in. A route without a mark is closed."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.api.asked import NO_NUL
from services.api.deps import State, state_of
from services.api.errors import NotAllowed, SignInNeeded
from shared.clock import now
from shared.credentials import ROLE_SCOPES, Role, Scope, comes_from, token_hash
from shared.db.session import at_once
from shared.db.tables import ApiKey, EventRow, LoginSession, User
from shared.errors import Invalid, Missing

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
"""A session ends after so long without a request, and after so long in any case (OWASP Session Management)."""
TOUCH = timedelta(minutes=1)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PAGE_HEADER = "X-Platewire"
"""Another site can make a browser send our cookie, but not this header (OWASP CSRF, custom request headers)."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])
_MARK, _WAY = "platewire_access", "platewire_way"
EVERYBODY = frozenset({"*"})
"""The mark of an endpoint that needs no credentials."""
_ALL = frozenset(Scope)
SITE_WIDE: frozenset[str] = frozenset(
    {
        Scope.AUDIT_READ,
        Scope.BARRIERS_OPEN,
        Scope.BARRIERS_WRITE,
        Scope.DESTINATIONS_WRITE,
        Scope.METRICS_READ,
        Scope.REACTIONS_WRITE,
        Scope.SETTINGS_WRITE,
    }
)
"""Not for who is limited to cameras: what these open tells of all cameras, or could send their events elsewhere."""


# Written out, because each request asks it, and building it costs more than running it.
_KEY = """
    SELECT id, name, scopes, cameras, addresses, expires_at, last_used_at FROM api_keys
    WHERE (key_hash = :hash OR (previous_hash = :hash AND previous_until > :moment))
"""
_BY_HASH, _HELD = text(_KEY), text(f"{_KEY} AND id = :held FOR KEY SHARE")


def public(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint that needs no credentials."""
    setattr(endpoint, _MARK, EVERYBODY)
    return endpoint


def allow(*scopes: Scope) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint with the scopes that it asks for, all of them; without scopes any identity may use it."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, frozenset(scopes))
        return endpoint

    return mark


def also(way: Callable[[Request, State], Identity]) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint with a way in of its own, tried when neither key nor session came; it raises SignInNeeded."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _WAY, way)
        return endpoint

    return mark


def admin_only(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint for those who hold every scope for every camera: it hands out rights."""
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
    """The hash of the session's token; None for an API key."""
    cameras: frozenset[UUID] | None = None
    """The cameras whose events they may see; None is all of them."""
    user_id: UUID | None = None
    key_id: UUID | None = None
    expires_at: datetime | None = None
    addresses: tuple[str, ...] = ()
    """Networks that an API key is bound to."""

    @property
    def credential_id(self) -> UUID:
        """The id of the user or of the API key."""
        found = self.user_id or self.key_id
        assert found, "an identity is a user or a key"
        return found

    def sees(self, camera_id: UUID) -> bool:
        return self.cameras is None or camera_id in self.cameras


def visible(identity: Identity, column: InstrumentedAttribute[UUID] = EventRow.camera_id) -> list[ColumnElement[bool]]:
    """Conditions that leave the rows of an identity's cameras; `column` holds a row's camera."""
    return [] if identity.cameras is None else [column.in_(identity.cameras)]


def check_camera(identity: Identity, camera_id: UUID) -> None:
    """Raises Missing, as for a camera that does not exist: what one may not see, one does not learn of."""
    if not identity.sees(camera_id):
        raise Missing("camera", camera_id)


def check_unlimited(identity: Identity) -> None:
    """Raises NotAllowed for who is limited to cameras: what they ask for concerns all of them."""
    if identity.cameras is not None:
        raise NotAllowed("This concerns all cameras, and you are limited to some")


def cookie_name(request: Request) -> str:
    """`__Host-` binds the cookie to this host and to TLS; browsers refuse it without TLS."""
    return "__Host-platewire" if request.url.scheme == "https" else "platewire"


def guard(request: Request, state: Annotated[State, Depends(state_of)]) -> None:
    """Lets a request in or raises SignInNeeded (401), NotAllowed (403) or, for what no table holds, Invalid (422)."""
    endpoint = request.scope["route"].endpoint
    mark = mark_of(endpoint)
    if mark is None:
        raise NotAllowed("This address is closed")
    if mark == EVERYBODY:
        return
    identity = identify(request, state) or getattr(endpoint, _WAY, _no_other_way)(request, state)
    if identity.session and request.method not in SAFE and request.headers.get(PAGE_HEADER) != "1":
        raise NotAllowed(f"A change from a browser needs the header {PAGE_HEADER}: 1")
    if lacking := sorted(mark - identity.scopes):
        raise NotAllowed(f"This needs the scope {', '.join(lacking)}")
    if mark & SITE_WIDE:
        check_unlimited(identity)
    # PostgreSQL refuses it too, but of an answer that flows only after its beginning.
    if "\0" in request.url.path or any("\0" in text for pair in request.query_params.multi_items() for text in pair):
        raise Invalid(NO_NUL)
    request.state.identity = identity


def _no_other_way(_request: Request, _state: State) -> Identity:
    raise SignInNeeded("Sign in or send an API key as Authorization: Bearer")


def current(request: Request) -> Identity:
    identity: Identity = request.state.identity
    return identity


Who = Annotated[Identity, Depends(current)]


def origin_of(request: Request) -> str:
    """The address a request comes from; behind a proxy that is trusted (PLATEWIRE_PROXY) the one that it tells."""
    return request.client.host if request.client else ""


def identify(request: Request, state: State) -> Identity | None:
    """The identity behind an API key or, without one, behind the session cookie; None when neither holds."""
    key = _api_key(request)
    token = key or request.cookies.get(cookie_name(request))
    if not token:
        return None
    with at_once(state.engine) as session:
        if key:
            return by_key(session, token_hash(key), origin_of(request), now())
        return _by_session(session, token_hash(token), now())


def still_in(request: Request, state: State) -> bool:
    """Whether the credentials of a request still open its route: for answers that last longer than a moment."""
    identity = identify(request, state)
    # An answer that began with other cameras must end too.
    return (
        identity is not None
        and identity.cameras == current(request).cameras
        and ((mark_of(request.scope["route"].endpoint) or EVERYBODY) <= identity.scopes)
    )


def _api_key(request: Request) -> str | None:
    """As a bearer, in a header of its own or, for devices that know nothing else, as the password of HTTP Basic."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    if scheme.lower() == "basic" and token:
        with contextlib.suppress(ValueError):
            return base64.b64decode(token.strip(), validate=True).decode().partition(":")[2] or None
    return request.headers.get("X-API-Key")


def by_key(
    session: Session, hashed: bytes, origin: str, moment: datetime, held: UUID | None = None
) -> Identity | None:  # fmt: skip
    """The identity behind an API key of this hash that is used from this address; None when it does not hold.

    With `held`, the key's id, nobody takes the key away before this transaction ends.
    """
    key = session.execute(_HELD if held else _BY_HASH, {"hash": hashed, "moment": moment, "held": held}).first()
    if key is None or (key.expires_at and key.expires_at <= moment) or not comes_from(key.addresses, origin):
        return None
    if key.last_used_at is None or moment - key.last_used_at > TOUCH:
        session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=moment))
    scopes = _ALL if "*" in key.scopes else frozenset(Scope(scope) for scope in key.scopes)
    return Identity(
        f"key:{key.name}",
        key.name,
        None,
        scopes,
        cameras=None if key.cameras is None else frozenset(key.cameras),
        key_id=key.id,
        expires_at=key.expires_at,
        addresses=tuple(key.addresses),
    )


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
    return user_identity(user, hashed)


def user_identity(user: User, hashed: bytes | None = None) -> Identity:
    """What a user may do; `hashed` is the hash of their session's token."""
    role = Role(user.role)
    cameras = None if user.cameras is None else frozenset(user.cameras)
    return Identity(f"user:{user.name}", user.name, role, ROLE_SCOPES[role], hashed, cameras, user.id)
