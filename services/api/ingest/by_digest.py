"""Lets devices push that know HTTP Digest alone: the key's name as user, and the password that follows from the key.

Nobody's guesses are counted here: 80 random bits are not guessed, and a camera with a wrong password would lock out the
people behind its address.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from fastapi import Request
from sqlalchemy import select

from services.api.access import Identity, by_key, origin_of
from services.api.deps import State
from services.api.webapi.devices import first_use
from services.api.webapi.digest import NONCE_LIFE, Answer, Nonces, fits, parse
from services.api.webapi.door import as_utf8, target_of
from services.api.webapi.refusals import CredentialsNeeded
from shared.clock import now
from shared.db.session import at_once
from shared.db.tables import ApiKey
from shared.device_accounts import REALM, ha1
from shared.push_passwords import may_have_one, push_passwords

NEEDED = "Send an API key as Authorization: Bearer, as X-API-Key or as password of Basic, or sign in by Digest"
WRONG = "The credentials do not fit"


def by_digest(request: Request, state: State) -> Identity:
    """Who pushes. Raises CredentialsNeeded with a challenge when no credentials came, or none that fit."""
    secret = state.settings.secret_key.get_secret_value()
    nonces = Nonces(hmac.new(secret.encode(), b"ingest nonces", hashlib.sha256).digest())
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "digest":
        raise CredentialsNeeded(NEEDED, nonces.make(now()))
    answer = parse(as_utf8(credentials))
    age = nonces.age(answer.nonce, now()) if answer else None
    if answer is None or age is None or not _for_this(answer, request):
        raise CredentialsNeeded(WRONG, nonces.make(now()))
    identity = _identity(state, secret, answer, request)
    if identity is None:
        raise CredentialsNeeded(WRONG, nonces.make(now()))
    if age > NONCE_LIFE or not first_use(state.events, answer):
        raise CredentialsNeeded("The nonce is used up, answer the new one", nonces.make(now()), stale=True)
    return identity


def _for_this(answer: Answer, request: Request) -> bool:
    return answer.realm == REALM and answer.uri.encode("utf-8", "surrogatepass") == target_of(request)


def _identity(state: State, secret: str, answer: Answer, request: Request) -> Identity | None:
    moment = now()
    if "\0" in answer.user:
        return None
    with at_once(state.engine) as session:
        key = session.scalar(select(ApiKey).where(ApiKey.name == answer.user))
        if key is None or not may_have_one(key.name, key.scopes):
            return None
        for hashed in list(_hashes(key)):
            for password in push_passwords(secret, hashed):
                if fits(answer, ha1(answer.algorithm, answer.user, password), request.method):
                    # Whether it still holds, and may come from there, is asked as for every key.
                    return by_key(session, hashed, origin_of(request), moment)
    return None


def _hashes(key: ApiKey) -> Iterator[bytes]:
    """Of the key and, after a rotation, of the one before."""
    yield key.key_hash
    if key.previous_hash is not None:
        yield key.previous_hash
