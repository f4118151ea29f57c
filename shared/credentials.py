"""Passwords, API keys and what they allow; used by the API and by the console."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.tables import ApiKey, User
from shared.errors import Conflict, Invalid

MIN_PASSWORD = 12
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, 2 rounds, 1 lane."""
_NOBODY = _hasher.hash(secrets.token_hex())


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Scope(StrEnum):
    """What one route may ask for. `*` in a key means all of them."""

    CAMERAS_READ = "cameras:read"
    CAMERAS_WRITE = "cameras:write"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_WRITE = "deliveries:write"
    DESTINATIONS_READ = "destinations:read"
    DESTINATIONS_WRITE = "destinations:write"
    EVENTS_READ = "events:read"
    LISTS_READ = "lists:read"
    LISTS_WRITE = "lists:write"
    METRICS_READ = "metrics:read"
    PICTURES_READ = "pictures:read"
    """Have a posted picture read."""
    PICTURES_WRITE = "pictures:write"
    """Post a picture to a camera, where it becomes events."""
    REACTIONS_READ = "reactions:read"
    REACTIONS_WRITE = "reactions:write"
    SETTINGS_READ = "settings:read"
    """The WebAPI's settings document: cameras, destinations, reactions and the site, secrets masked."""
    SETTINGS_WRITE = "settings:write"


_READ = {scope for scope in Scope if scope.endswith(":read")}
ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: frozenset({Scope.EVENTS_READ, Scope.CAMERAS_READ, Scope.LISTS_READ}),
    Role.OPERATOR: frozenset(_READ | {Scope.LISTS_WRITE, Scope.DELIVERIES_WRITE, Scope.PICTURES_WRITE}),
    Role.ADMIN: frozenset(Scope),
}


def hash_password(password: str) -> str:
    """Raises Invalid for a password that is too short."""
    if len(password) < MIN_PASSWORD:
        raise Invalid(f"A password needs at least {MIN_PASSWORD} characters", "password")
    return _hasher.hash(password)


def password_fits(user: User | None, password: str) -> bool:
    """Takes as long for an unknown user as for a wrong password, so that names cannot be found out."""
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return user is not None and user.enabled


def new_token() -> str:
    """256 random bits for a session cookie or an API key."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """A fast hash is right here: the token is random, not a password."""
    return hashlib.sha256(token.encode()).digest()


def create_user(session: Session, name: str, role: Role, password: str) -> User:
    """Raises Conflict when the name is taken, Invalid for a weak password or an empty name."""
    if not name.strip() or len(name) > 64 or not name.isprintable():
        raise Invalid("A user name has 1 to 64 printable characters", "name")
    if session.scalar(select(User).where(User.name == name)):
        raise Conflict(f"There is already a user {name}")
    user = User(name=name, role=role.value, password_hash=hash_password(password))
    session.add(user)
    session.flush()
    return user


def parse_scopes(asked: list[str]) -> list[str]:
    """Raises Invalid with the list of scopes when one is unknown."""
    known = {"*", *(scope.value for scope in Scope)}
    if not asked or (unknown := sorted(set(asked) - known)):
        raise Invalid(
            f"Unknown scope {', '.join(unknown) if asked else '(none given)'}; there are {', '.join(sorted(known))}",
            "scope",
        )
    return sorted(set(asked))


def create_api_key(session: Session, name: str, scopes: list[str], expires_at: datetime | None = None) -> str:
    """Stores the key's hash and returns the key, which cannot be shown again. Raises Conflict, Invalid."""
    if session.scalar(select(ApiKey).where(ApiKey.name == name)):
        raise Conflict(f"There is already an API key {name}")
    token = "pw_" + new_token()
    session.add(ApiKey(name=name, key_hash=token_hash(token), scopes=parse_scopes(scopes), expires_at=expires_at))
    session.flush()
    return token
