"""Passwords by HTTP Basic: argon2 once, then for a few minutes the memory that exactly these credentials fitted."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
import time

from sqlalchemy import select

from services.api.deps import State
from services.api.sign_in.queries import is_locked
from services.api.webapi.guesses import check_password
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import User

LIFE = 300.0
MOST_KEPT = 1000


class Passwords:
    """Remembers credentials only as an HMAC under a key that this process made up; a new password makes another."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, float] = {}
        self._locks = tuple(threading.Lock() for _ in range(16))

    def user(self, state: State, credentials: str, origin: str) -> User | None:
        """Whose credentials these are. Raises TooMany for who tries too often."""
        name, password = _parts(credentials)
        if not name:
            return None
        if known := self._remembered(state, name, password):
            return known
        # One at a time for one name: a client that opens ten connections at once is still one try.
        with self._locks[hash(name) % len(self._locks)]:
            return self._remembered(state, name, password) or self._checked(state, name, password, origin)

    def _remembered(self, state: State, name: str, password: str) -> User | None:
        with transaction(state.engine) as session:
            user = session.scalar(select(User).where(User.name == name))
        if user is None or not user.enabled or is_locked(user, now()):
            return None
        return user if self._known.get(self._mark(user, password), 0) > time.monotonic() else None

    def _checked(self, state: State, name: str, password: str, origin: str) -> User | None:
        user = check_password(state, name, password, origin)
        if user is not None:
            self._remember(self._mark(user, password))
        return user

    def _remember(self, mark: bytes) -> None:
        moment = time.monotonic()
        if len(self._known) >= MOST_KEPT:
            self._known = {kept: until for kept, until in self._known.items() if until > moment}
        if len(self._known) < MOST_KEPT:
            self._known[mark] = moment + LIFE

    def _mark(self, user: User, password: str) -> bytes:
        told = "\0".join((user.id.hex, user.password_hash, password))
        return hmac.new(self._key, told.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _parts(credentials: str) -> tuple[str, str]:
    """Name and password; an empty name for what is not the Basic scheme (RFC 7617)."""
    try:
        name, colon, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (name, password) if colon and name.isprintable() else ("", "")
