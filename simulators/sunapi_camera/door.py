"""How a simulated camera lets people in: Digest in the variants of its firmwares, and a lock after five failures."""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import time
from dataclasses import dataclass, field

DIGESTS = ("md5", "pair", "no_charset", "bound", "stale")
EMITTERS = ("one_write", "bytes", "split", "lf", "lower_case", "chunked", "no_header", "glued")


@dataclass
class Quirks:
    """How this firmware is: see DIGESTS and EMITTERS; `refuse` submenus with error 600 in a 200."""

    digest: str = "pair"
    emitter: str = "one_write"
    refuse: frozenset[str] = frozenset()
    locked_for: float = 2.0


@dataclass
class Door:
    """Counts what it refused; a nonce may belong to its connection."""

    user: str
    password: str
    quirks: Quirks
    refused: int = 0
    nonces: dict[str, tuple[int, object]] = field(default_factory=dict)
    _stale_once: set[object] = field(default_factory=set)
    _failures: int = 0
    _locked_until: float = 0.0

    def judge(self, method: str, target: str, headers: dict[str, str], connection: socket.socket) -> int:
        if time.monotonic() < self._locked_until:
            return 490
        header = headers.get("authorization", "")
        if not header.startswith("Digest "):
            return 401
        said = {k: v or w for k, v, w in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', header)}
        hashed = hashlib.sha256 if said.get("algorithm") == "SHA-256" else hashlib.md5
        one = hashed(f"{self.user}:iPolis:{self.password}".encode()).hexdigest()
        two = hashed(f"{method}:{target}".encode()).hexdigest()
        middle = f"{said.get('nonce')}:{said.get('nc')}:{said.get('cnonce')}:auth"
        right = said.get("response") == hashed(f"{one}:{middle}:{two}".encode()).hexdigest()
        if said.get("uri") != target or said.get("username") != self.user or not right:
            self.refused += 1
            self._failures += 1
            if self._failures >= 5:
                self._failures, self._locked_until = 0, time.monotonic() + self.quirks.locked_for
            return 401
        self._failures = 0
        return self._fresh(said, headers, connection)

    def _fresh(self, said: dict[str, str], headers: dict[str, str], connection: socket.socket) -> int:
        last, owner = self.nonces.get(said["nonce"], (None, None))
        bound = self.quirks.digest == "bound" and owner is not connection
        stale = self.quirks.digest == "stale" and said["nonce"] not in self._stale_once and last == 0
        if last is None or bound or int(said["nc"], 16) <= last or (stale and len(self._stale_once) == 0):
            self._stale_once.add(said["nonce"])
            headers["x-sim-stale"] = "1"
            return 401
        self.nonces[said["nonce"]] = (int(said["nc"], 16), owner)
        return 200

    def refuse(self, connection: socket.socket, status: int, *, stale: bool) -> None:
        nonce = secrets.token_hex(16)
        self.nonces[nonce] = (0, connection)
        tail = (", stale=true" if stale else "") + ("" if self.quirks.digest == "no_charset" else ", charset=UTF-8")
        names = ["MD5"] if self.quirks.digest == "md5" else ["SHA-256", "MD5"]
        challenges = [
            f'WWW-Authenticate: Digest realm="iPolis", nonce="{nonce}", qop="auth", algorithm={name}{tail}'
            for name in names
        ]
        lines = [f"HTTP/1.1 {status} No", *(challenges if status == 401 else []), "Content-Length: 0", "", ""]
        connection.sendall("\r\n".join(lines).encode())
