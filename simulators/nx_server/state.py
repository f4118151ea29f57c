"""What a simulated server knows: its version, users, devices, sessions, bookmarks and events."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

REALM = "VMS"
SERVER_ID = "f0e1d2c3-b4a5-4687-9788-a9bacbdcedfe"


@dataclass(frozen=True)
class Profile:
    """One generation of servers; `rest` 0 has legacy calls only."""

    name: str
    version: str
    rest: int
    wrong_password: int
    """Status with which a sign-in is refused."""
    wrong_token: int
    """Status with which a token is refused that is over."""


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("legacy", "4.2.0.32840", 0, 401, 401),
        Profile("v1", "5.0.0.35745", 1, 401, 401),
        Profile("v2", "5.1.5.39242", 2, 401, 403),
        Profile("v3", "6.0.1.39873", 3, 422, 403),
        Profile("v4", "6.1.0.41837", 4, 422, 401),
    )
}


@dataclass
class User:
    """Somebody who may sign in. `digest`: isHttpDigestEnabled; `methods` empty = what fits the rest."""

    name: str
    password: str
    kind: str = "local"
    methods: str = ""
    digest: bool = False
    trouble: str = ""
    """Auth_DisabledUser or Auth_PasswordExpired."""
    may_bookmark: bool = True
    may_send_events: bool = True


@dataclass
class Device:
    identity: str
    name: str
    url: str
    mac: str
    physical: str
    logical: str = ""


def default_devices() -> list[Device]:
    """Three cameras, and an encoder with two channels at one address."""
    prefix, first, second = "89abcdef-0123-4567-89ab-cdef012345", "00-16-6C-C3-9D-44", "92-61-00-00-00-9F"
    return [
        Device(f"{prefix}67", "LPR Gate", "http://10.0.0.5", first, first, "7"),
        Device(f"{prefix}68", "Yard", "rtsp://10.0.0.6:554/stream1", "00-16-6C-00-00-02", "y-2"),
        Device(f"{prefix}69", "В'їзд", "10.0.0.7:80", second, second),
        Device(f"{prefix}70", "Encoder 1", "http://10.0.0.9", "00-16-6C-00-00-09", "enc_ch=1"),
        Device(f"{prefix}71", "Encoder 2", "http://10.0.0.9", "00-16-6C-00-00-09", "enc_ch=2"),
    ]


@dataclass
class Bookmark:
    identity: str
    device: str
    name: str
    start_ms: int
    duration_ms: int
    description: str = ""
    tags: list[str] = field(default_factory=list)


@dataclass
class State:
    """All that outlives a request; sessions and nonces end with a restart."""

    profile: Profile
    users: list[User]
    devices: list[Device] = field(default_factory=default_devices)
    bookmarks: list[Bookmark] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    customization: str = "hanwha"
    skew_ms: int = 0
    session_seconds: float = 3600.0
    lock_after: int = 5
    sessions: dict[str, tuple[User, float]] = field(default_factory=dict)
    nonces: dict[str, float] = field(default_factory=dict)
    logins: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def restart(self) -> None:
        self.sessions.clear()
        self.nonces.clear()

    def user(self, name: str) -> User | None:
        return next((user for user in self.users if user.name.lower() == name.lower()), None)

    def locked(self, name: str) -> bool:
        return self.failures[name.lower()] >= self.lock_after

    def log_in(self, name: str, password: str) -> str:
        """A token. Raises Refused."""
        user = self.user(name)
        if self.locked(name):
            raise Refused("Auth_LockedOut")
        if user is None or user.password != password:
            self.failures[name.lower()] += 1
            raise Refused("Auth_WrongPassword" if user else "Auth_WrongLogin")
        if user.trouble or user.kind == "cloud":
            raise Refused(user.trouble or "Auth_Forbidden")
        self.failures[name.lower()] = 0
        self.logins += 1
        token = f"vms-{secrets.token_hex(16)}-{'0' * 10}"
        self.sessions[token] = (user, time.monotonic() + self.session_seconds)
        return token

    def by_token(self, token: str) -> User:
        user, ends = self.sessions.get(token, (None, 0.0))
        if user is None or ends < time.monotonic():
            raise Refused("Auth_WrongSessionToken")
        return user

    def nonce(self) -> str:
        made = str(time.time_ns() // 1000)
        self.nonces[made] = time.monotonic() + 300
        return made

    def by_digest(self, method: str, target: str, header: str) -> User:
        """RFC 2069 with MD5: no qop, no cnonce; the vendor's client signs the path without its query."""
        said = {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]*))', header)}
        user = self.user(said.get("username", ""))
        name = said.get("username", "")
        if self.nonces.get(said.get("nonce", ""), 0.0) < time.monotonic():
            raise Refused("Auth_WrongDigest")
        if self.locked(name):
            raise Refused("Auth_LockedOut")
        if user is None or said.get("uri") not in (target, target.partition("?")[0]):
            raise Refused("Auth_WrongLogin")
        if not self._digest_allowed(user):
            raise Refused("Auth_DisabledBasicAndDigest")
        first = _md5(f"{user.name.lower()}:{REALM}:{user.password}")
        second = _md5(f"{method}:{said['uri']}")
        if _md5(f"{first}:{said['nonce']}:{second}") != said.get("response"):
            self.failures[name.lower()] += 1
            raise Refused("Auth_WrongDigest")
        if user.trouble:
            raise Refused(user.trouble)
        self.failures[name.lower()] = 0
        return user

    def _digest_allowed(self, user: User) -> bool:
        return user.digest or self.profile.rest == 0

    def methods(self, user: User) -> str:
        return user.methods or ("http|sessions" if self._digest_allowed(user) else "sessions")

    def device(self, asked: str) -> Device | None:
        """By id with or without braces, physical id or MAC."""
        plain = asked.strip("{}").lower()
        return next((d for d in self.devices if plain in (d.identity, d.physical.lower(), d.mac.lower())), None)

    def bookmark(self, identity: str) -> Bookmark | None:
        return next((b for b in self.bookmarks if b.identity == identity), None)

    def new_identity(self) -> str:
        return f"{uuid4()}_{SERVER_ID}" if self.profile.rest >= 3 else str(uuid4())

    def overlapping(self, device: str, start: int, end: int) -> list[Bookmark]:
        here = [b for b in self.bookmarks if device in ("*", b.device)]
        return [b for b in here if b.start_ms <= end and b.start_ms + b.duration_ms >= start]


class Refused(Exception):
    """The server does not believe who asks; `result` is the word of the header x-auth-result."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


def braced(identity: str) -> str:
    return "{" + str(UUID(identity)) + "}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
