"""Passwords, API keys and what they allow; used by the API and by the console."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.tables import ApiKey, User
from shared.errors import Conflict, Invalid
from shared.names import has_unseen
from shared.passwords import fits, hash_password, stronger_hash

CONNECTION_KEY_BYTES = 22
"""As 44 hexadecimal digits: the form of the integration guide's example."""


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Scope(StrEnum):
    """What one route may ask for. `*` in a key means all of them."""

    AUDIT_READ = "audit:read"
    BARRIERS_OPEN = "barriers:open"
    """Open a barrier by hand."""
    BARRIERS_WRITE = "barriers:write"
    """Lock all barriers of the site and let them open again."""
    CAMERAS_READ = "cameras:read"
    CAMERAS_WRITE = "cameras:write"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_WRITE = "deliveries:write"
    DESTINATIONS_READ = "destinations:read"
    DESTINATIONS_WRITE = "destinations:write"
    EVENTS_PUSH = "events:push"
    """Be a device that tells what it read itself."""
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    """Correct what was read, and leave notes and tags at events."""
    LISTS_READ = "lists:read"
    LISTS_WRITE = "lists:write"
    META_CONNECT = "meta:connect"
    """Be a site that sends its events here. A key that may do only this is a connection key."""
    METRICS_READ = "metrics:read"
    PICTURES_READ = "pictures:read"
    """Have a posted picture read."""
    PICTURES_WRITE = "pictures:write"
    """Post a picture to a camera, where it becomes events."""
    REACTIONS_READ = "reactions:read"
    REACTIONS_WRITE = "reactions:write"
    SETTINGS_READ = "settings:read"
    """With settings:write also the WebAPI's document: cameras, destinations, reactions and the site, masked."""
    SETTINGS_WRITE = "settings:write"


_READ = {scope for scope in Scope if scope.endswith(":read")} - {Scope.AUDIT_READ}
ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: frozenset({Scope.EVENTS_READ, Scope.CAMERAS_READ, Scope.LISTS_READ}),
    Role.OPERATOR: frozenset(
        _READ
        | {
            Scope.BARRIERS_OPEN,
            Scope.BARRIERS_WRITE,
            Scope.EVENTS_WRITE,
            Scope.LISTS_WRITE,
            Scope.DELIVERIES_WRITE,
            Scope.PICTURES_WRITE,
        }
    ),
    Role.ADMIN: frozenset(Scope),
}


def password_fits(user: User | None, password: str) -> bool:
    """Takes as long for an unknown user as for a wrong password; a hash of older parameters is renewed."""
    if not fits(user.password_hash if user else None, password) or user is None:
        return False
    user.password_hash = stronger_hash(user.password_hash, password) or user.password_hash
    return user.enabled


def new_token() -> str:
    """256 random bits for a session cookie or an API key."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """A fast hash is right here: the token is random, not a password."""
    return hashlib.sha256(token.encode()).digest()


def create_user(session: Session, name: str, role: Role, password: str) -> User:
    """Raises Conflict when the name is taken, Invalid for a weak password or an empty name."""
    check_user_name(session, name)
    user = User(name=name, role=role.value, password_hash=hash_password(password, name))
    session.add(user)
    session.flush()
    return user


def check_user_name(session: Session, name: str) -> None:
    """Raises Conflict when the name is taken, Invalid for one that cannot be a name."""
    if not name.strip() or len(name) > 64 or has_unseen(name):
        raise Invalid("A user name has 1 to 64 printable characters", "name")
    if session.scalar(select(User).where(User.name == name)):
        raise Conflict(f"There is already a user {name}")


def keep_an_admin(session: Session, user: User) -> None:
    """Call before an admin goes: raises Conflict for the last one who can sign in.

    The admins' rows are locked, or two admins could take the right from each other in the same moment.
    """
    query = select(User.id).where(User.role == Role.ADMIN.value, User.enabled).order_by(User.id).with_for_update()
    if set(session.scalars(query)) == {user.id}:
        raise Conflict(f"{user.name} is the last admin; make another one first")


def parse_scopes(asked: Sequence[str]) -> list[str]:
    """Raises Invalid with the list of scopes when one is unknown."""
    known = {"*", *(scope.value for scope in Scope)}
    if not asked or (unknown := sorted(set(asked) - known)):
        raise Invalid(
            f"Unknown scope {', '.join(unknown) if asked else '(none given)'}; there are {', '.join(sorted(known))}",
            "scope",
        )
    return sorted(set(asked))


@dataclass(frozen=True)
class KeyLimits:
    """What narrows a key beyond its scopes; `addresses` are networks that it may come from, none means any."""

    cameras: Sequence[UUID] | None = None
    addresses: Sequence[str] = ()


def create_api_key(
    session: Session,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    limits: KeyLimits = KeyLimits(),
    made_by: str = "",
) -> str:
    """Stores the key's hash and returns the key, which cannot be shown again. Raises Conflict, Invalid."""
    if session.scalar(select(ApiKey).where(ApiKey.name == name)):
        raise Conflict(f"There is already an API key {name}")
    row = ApiKey(name=name, scopes=parse_scopes(scopes), expires_at=expires_at)
    token = new_api_key(row.scopes)
    row.key_hash = token_hash(token)
    row.cameras = None if limits.cameras is None else sorted(set(limits.cameras))
    row.addresses, row.made_by = parse_networks(limits.addresses), made_by
    session.add(row)
    session.flush()
    return token


def new_api_key(scopes: Sequence[str]) -> str:
    """A secret for a key with these scopes; a connection key has the form that is typed into such systems."""
    return secrets.token_hex(CONNECTION_KEY_BYTES).upper() if scopes == [Scope.META_CONNECT] else "pw_" + new_token()


def parse_networks(asked: Sequence[str]) -> list[str]:
    """Networks in their one form, `10.0.0.0/8`; an address alone is a network of one. Raises Invalid."""
    try:
        return sorted({str(ip_network(one.strip(), strict=False)) for one in asked})
    except ValueError:
        raise Invalid("A network looks like 10.0.3.0/24 or 10.0.3.21", "addresses") from None


def within(networks: Sequence[str], outer: Sequence[str]) -> bool:
    """Whether these networks hold no address beyond the outer ones; none at all means every address."""
    wide = [ip_network(one) for one in outer]
    return not wide or (bool(networks) and all(_inside(one, wide) for one in parse_networks(networks)))


def _inside(network: str, outer: Sequence[IPv4Network | IPv6Network]) -> bool:
    inner = ip_network(network)
    if isinstance(inner, IPv4Network):
        return any(inner.subnet_of(one) for one in outer if isinstance(one, IPv4Network))
    return any(inner.subnet_of(one) for one in outer if isinstance(one, IPv6Network))


def comes_from(networks: Sequence[str], origin: str) -> bool:
    """Whether an address is in one of the networks; without networks any is."""
    if not networks:
        return True
    try:
        address = ip_address(origin)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in networks)
