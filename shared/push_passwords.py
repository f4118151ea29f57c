"""Passwords for devices that push by HTTP Digest alone: each follows from an API key and the site's secret.

Digest is checked against a hash of the password, and of an API key only a hash is kept. So a device gets a password
that the server can make again whenever it needs it; nothing of it is stored, and a new key makes a new one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from shared.credentials import Scope

BYTES = 10
"""80 random bits are 16 letters and digits, which is as much as the forms of many cameras take."""


def may_have_one(name: str, scopes: Sequence[str]) -> bool:
    """Whether a key has such a password: one that may do nothing but push, so that little is lost with it.

    Its user is the key's name, in which Digest can have no colon.
    """
    return list(scopes) == [Scope.EVENTS_PUSH] and ":" not in name


def push_passwords(secrets: str, key_hash: bytes) -> list[str]:
    """The password under each of the site's secrets (PLATEWIRE_SECRET_KEY): the first is told, all are taken."""
    return [_made(secret.strip(), key_hash) for secret in secrets.split(",") if secret.strip()]


def _made(secret: str, key_hash: bytes) -> str:
    proof = hmac.new(secret.encode(), b"push password\0" + key_hash, hashlib.sha256).digest()
    return base64.b32encode(proof[:BYTES]).decode().lower()
