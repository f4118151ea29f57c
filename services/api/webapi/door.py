"""Lets a request of the WebAPI in: by API key, Basic or Digest, never by a cookie."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.access import Identity, by_key, identify, origin_of, user_identity
from services.api.deps import State
from services.api.webapi.devices import Stale, device_user
from services.api.webapi.digest import Nonces, parse
from services.api.webapi.passwords import Passwords
from services.api.webapi.refusals import CredentialsNeeded
from shared.clock import now
from shared.credentials import token_hash
from shared.db.session import transaction
from shared.db.tables import ApiKey, User

MOST_KEYS = 1000
NEEDED = "Send an API key as Authorization: Bearer, or sign in by Digest or Basic"
WRONG = "The credentials do not fit, or the account is locked after too many tries or has a second factor"


@dataclass(frozen=True)
class Caller:
    """Who asks. `still_there` says, in the transaction of a change, whether the credential still holds as it did."""

    identity: Identity
    credential_id: UUID
    still_there: Callable[[Session], bool]


class Door:
    """What must be remembered between requests to know who asks."""

    def __init__(self, secret: str) -> None:
        self._nonces = Nonces(hmac.new(secret.encode(), b"webapi nonces", hashlib.sha256).digest())
        self._passwords = Passwords()
        self._key_ids: dict[bytes, UUID] = {}

    def enter(self, request: Request, state: State) -> Caller:
        """Raises CredentialsNeeded, and TooMany for who tries too often."""
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        ways = {"bearer": self._by_key, "basic": self._by_password, "digest": self._by_digest}
        way = ways.get(scheme.lower())
        if way is None or not credentials.strip():
            raise CredentialsNeeded(NEEDED, self._nonce())
        caller = way(request, state, credentials)
        if caller is None:
            raise CredentialsNeeded(WRONG, self._nonce())
        return caller

    def refuse(self) -> CredentialsNeeded:
        """The answer to a credential that was taken away since it came in."""
        return CredentialsNeeded(WRONG, self._nonce())

    def _nonce(self) -> str:
        return self._nonces.make(now())

    def _by_key(self, request: Request, state: State, credentials: str) -> Caller | None:
        identity = identify(request, state)
        if identity is None or identity.session:
            return None
        hashed, origin = token_hash(credentials.strip()), origin_of(request)
        key_id = self._key_id(state, identity.name, hashed)
        if key_id is None:
            return None
        return Caller(
            identity,
            key_id,
            lambda session: by_key(session, hashed, origin, now(), held=key_id) == identity,
        )

    def _key_id(self, state: State, name: str, hashed: bytes) -> UUID | None:
        """The row of a key that was found to be good; it is the same for as long as the key exists."""
        if hashed not in self._key_ids:
            with transaction(state.engine) as session:
                key_id = session.scalar(select(ApiKey.id).where(ApiKey.name == name))
            if key_id is None:
                return None
            if len(self._key_ids) >= MOST_KEYS:
                self._key_ids.clear()
            self._key_ids[hashed] = key_id
        return self._key_ids[hashed]

    def _by_password(self, request: Request, state: State, credentials: str) -> Caller | None:
        return _caller(self._passwords.user(state, credentials, origin_of(request)))

    def _by_digest(self, request: Request, state: State, credentials: str) -> Caller | None:
        answer = parse(as_utf8(credentials))
        if answer is None or answer.uri.encode("utf-8", "surrogatepass") != target_of(request):
            return None
        try:
            return _caller(device_user(state, self._nonces, answer, request.method, origin_of(request)))
        except Stale:
            raise CredentialsNeeded("The nonce is used up, answer the new one", self._nonce(), stale=True) from None


def _caller(user: User | None) -> Caller | None:
    """A password alone is not enough for who has a second factor, which these ways in cannot ask for."""
    if user is None or user.totp_confirmed_at:
        return None
    identity = user_identity(user)
    held = select(User).where(User.id == user.id, User.enabled, User.password_hash == user.password_hash)

    def still_there(session: Session) -> bool:
        fresh = held.with_for_update(read=True).execution_options(populate_existing=True)
        found = session.scalar(fresh)
        return found is not None and not found.totp_confirmed_at and user_identity(found) == identity

    return Caller(identity, user.id, still_there)


def as_utf8(header: str) -> str:
    """Header bytes reach us as Latin-1; clients that heed `charset=UTF-8` meant UTF-8."""
    try:
        return header.encode("latin-1").decode()
    except ValueError:
        return header


def target_of(request: Request) -> bytes:
    """What stands in the request's first line."""
    query: bytes = request.scope["query_string"]
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return path + (b"?" + query if query else b"")
