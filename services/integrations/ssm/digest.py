"""Who signs in, by HTTP Digest as cameras ask for it (RFC 7616, SUNAPI introduction 1.4) and by WS-UsernameToken.

Basic is refused. Five wrong passwords in a row block the user for a while from where they came: status 490, as cameras
answer. A nonce is good for some minutes and each of its counts for one request.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from shared.clock import now

NONCE_LIFE = 300.0
OPENS_LOCK, LOCKED_FOR = 5, 30.0
COUNTS_KEPT = 64
MOST_KEPT = 1024
SKEW = 300.0
_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
_PAIR = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class Verdict(Enum):
    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"
    STALE = "stale"
    """The password is right, the nonce is over: ask again with the next one."""
    BLOCKED = "blocked"


@dataclass(frozen=True)
class User:
    """Somebody who may sign in; who is no admin reads events only."""

    name: str
    password: str
    admin: bool


@dataclass
class _Tries:
    failed: int = 0
    blocked_until: float = 0.0


@dataclass
class _Counts:
    """Which counts of a nonce were used: none twice, and none far behind the highest."""

    expires: float
    highest: int = 0
    used: set[int] = field(default_factory=set)

    def use(self, count: int) -> bool:
        if count in self.used or count <= self.highest - COUNTS_KEPT:
            return False
        self.highest = max(self.highest, count)
        self.used = {one for one in self.used if one > self.highest - COUNTS_KEPT} | {count}
        return True


class Doorkeeper:
    """Judges every request's credentials; safe to use from every thread."""

    def __init__(
        self, users: Sequence[User], realm: str, algorithms: Sequence[str], *, charset: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._users = {user.name: user for user in users}
        self._realm, self._algorithms, self._charset, self._clock = realm, algorithms, charset, clock
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._tries: dict[tuple[str, str], _Tries] = {}
        self._counts: dict[str, _Counts] = {}

    def challenges(self, *, stale: bool = False) -> list[str]:
        """Values of WWW-Authenticate, the preferred one first."""
        nonce = self._new_nonce()
        tail = (", stale=true" if stale else "") + (", charset=UTF-8" if self._charset else "")
        return [
            f'Digest realm="{self._realm}", nonce="{nonce}", qop="auth", algorithm={algorithm}{tail}'
            for algorithm in self._algorithms
        ]

    def judge(self, method: str, target: str, authorization: str, client: str) -> tuple[Verdict, User | None]:
        """Judges a request's Authorization header.

        Args:
            target: the request's, which the response must be for.
            client: address; blocked are a user's tries from one address.
        """
        said = _pairs(authorization)
        if said is None:
            return Verdict.MISSING, None
        user = self._users.get(said.get("username", ""))
        with self._lock:
            if self._blocked(client, said.get("username", "")):
                return Verdict.BLOCKED, None
            if not user or not self._right(user, said, method, target):
                return self._failed(client, said.get("username", "")), None
            if not self._fresh(said):
                return Verdict.STALE, None
            self._tries.pop((client, user.name), None)
            return Verdict.GOOD, user

    def judge_token(self, token: Mapping[str, str], client: str) -> tuple[Verdict, User | None]:
        """Judges a WS-UsernameToken with a PasswordDigest (Username, Password, Nonce, Created).

        Raises nothing; what cannot be read is wrong.
        """
        name, nonce, created = token.get("Username", ""), token.get("Nonce", ""), token.get("Created", "")
        user = self._users.get(name)
        with self._lock:
            if self._blocked(client, name):
                return Verdict.BLOCKED, None
            expected = _password_digest(nonce, created, user.password) if user else None
            if not user or not expected or not _same(expected, token.get("Password", "")):
                return self._failed(client, name), None
            if not _recent(created) or not self._once(nonce):
                return Verdict.STALE, None
            self._tries.pop((client, name), None)
            return Verdict.GOOD, user

    def _right(self, user: User, said: Mapping[str, str], method: str, target: str) -> bool:
        algorithm = said.get("algorithm", "MD5").upper()
        if algorithm not in self._algorithms or said.get("qop") != "auth" or said.get("realm") != self._realm:
            return False
        if said.get("uri") != target or not self._ours(said.get("nonce", "")):
            return False
        expected = response(algorithm, (user.name, self._realm, user.password), method, said)
        return _same(expected, said.get("response", ""))

    def _fresh(self, said: Mapping[str, str]) -> bool:
        nonce = said["nonce"]
        issued = int(nonce[:8], 16)
        if not re.fullmatch(r"[0-9a-fA-F]{8}", said.get("nc", "")) or not 0 <= self._clock() - issued <= NONCE_LIFE:
            return False
        self._forget()
        counts = self._counts.setdefault(nonce, _Counts(issued + NONCE_LIFE))
        return counts.use(int(said["nc"], 16))

    def _once(self, nonce: str) -> bool:
        self._forget()
        key = f"token {nonce}"
        return self._counts.setdefault(key, _Counts(self._clock() + 2 * SKEW)).use(1)

    def _forget(self) -> None:
        over = [nonce for nonce, counts in self._counts.items() if counts.expires < self._clock()]
        for nonce in over:
            del self._counts[nonce]

    def _new_nonce(self) -> str:
        head = f"{int(self._clock()):08x}{secrets.token_hex(4)}"
        return head + self._seal(head)

    def _ours(self, nonce: str) -> bool:
        return len(nonce) == 32 and nonce.isascii() and _same(self._seal(nonce[:16]), nonce[16:])

    def _seal(self, head: str) -> str:
        return hmac.new(self._key, head.encode(), "sha256").hexdigest()[:16]

    def _blocked(self, client: str, name: str) -> bool:
        tries = self._tries.get((client, name))
        if tries and tries.blocked_until and tries.blocked_until <= self._clock():
            del self._tries[(client, name)]
            return False
        return bool(tries and tries.blocked_until)

    def _failed(self, client: str, name: str) -> Verdict:
        while len(self._tries) >= MOST_KEPT:
            del self._tries[next(iter(self._tries))]
        tries = self._tries.setdefault((client, name), _Tries())
        tries.failed += 1
        if tries.failed >= OPENS_LOCK:
            tries.blocked_until = self._clock() + LOCKED_FOR
            return Verdict.BLOCKED
        return Verdict.WRONG


def response(algorithm: str, secret: tuple[str, str, str], method: str, said: Mapping[str, str]) -> str:
    """RFC 7616, 3.4.1 with qop=auth; `secret` is user, realm and password."""
    hashed = _HASHES[algorithm]
    first = hashed(":".join(secret).encode())
    second = hashed(f"{method}:{said.get('uri', '')}".encode())
    middle = ":".join(said.get(name, "") for name in ("nonce", "nc", "cnonce"))
    return hashed(f"{first}:{middle}:auth:{second}".encode())


def _pairs(authorization: str) -> dict[str, str] | None:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "digest":
        return None
    return {name.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare for name, quoted, bare in _PAIR.findall(rest)}


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def _password_digest(nonce: str, created: str, password: str) -> str | None:
    """OASIS UsernameToken Profile 1.0: Base64(SHA-1(nonce + created + password)); None for a nonce that is none."""
    try:
        raw = base64.b64decode(nonce, validate=True)
    except (binascii.Error, ValueError):
        return None
    digest = hashlib.sha1(raw + created.encode() + password.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _recent(created: str) -> bool:
    try:
        at = datetime.fromisoformat(created)
    except ValueError:
        return False
    return at.tzinfo is not None and abs((now() - at).total_seconds()) <= SKEW
