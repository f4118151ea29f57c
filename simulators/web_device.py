"""What simulated devices that speak HTTP share: a raw server that records every byte and misbehaves as it is told."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Self

REASONS = {200: "OK", 401: "Unauthorized", 404: "Not Found", 490: "Account Blocked", 500: "Internal Server Error"}


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    raw: bytes


@dataclass
class Misbehaviour:
    """What happens with the next request: `when` before or after it was carried out."""

    kind: str
    """reset, silent, slow, garbage or a status."""
    when: str = "before"
    seconds: float = 10.0


@dataclass
class WebDevice:
    """Subclasses say in `answer` what a request does; each request is on a connection of its own."""

    host: str = field(default="127.0.0.1", kw_only=True)
    wanted_port: int = field(default=0, kw_only=True)
    """0 is any free one."""
    certificate: tuple[str, str] | None = field(default=None, kw_only=True)
    """Files of a certificate and its key: then it speaks HTTPS."""
    most: int = 100
    """Connections at once; more are refused."""
    requests: list[Request] = field(default_factory=list)
    plan: list[Misbehaviour] = field(default_factory=list)
    only: str = ""
    """The plan is for requests that have these letters in target or body."""
    signed: bool = False
    """The plan is for requests that bear credentials."""
    open: int = 0
    """Connections now."""

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._lock = threading.RLock()
        self._listener = socket.create_server((self.host, self.wanted_port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        raise NotImplementedError

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.open += 1
            full = self.open > self.most
        try:
            with connection:
                if not full:
                    with self._secured(connection) as line:
                        self._one(line)
        except OSError:
            return
        finally:
            with self._lock:
                self.open -= 1

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self.certificate is None:
            return connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate)
        connection.settimeout(20)
        return context.wrap_socket(connection, server_side=True)

    def _one(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        request = _read(connection)
        if request is None:
            return
        with self._lock:
            self.requests.append(request)
            wanted = self.only in request.target or self.only.encode() in request.body
            wanted = wanted and ("authorization" in request.headers or not self.signed)
            trouble = self.plan.pop(0) if self.plan and wanted else None
        if trouble and trouble.when == "before":
            self._misbehave(connection, trouble)
            return
        status, headers, body = self.answer(request)
        if trouble:
            self._misbehave(connection, trouble)
            return
        connection.sendall(_response(status, headers, body))

    def _misbehave(self, connection: socket.socket, trouble: Misbehaviour) -> None:
        if trouble.kind == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif trouble.kind == "silent":
            self._stopping.wait(trouble.seconds)
        elif trouble.kind == "slow":
            for byte in b"HTTP/1.1 200 OK\r\n" + b"x" * 200:
                connection.sendall(bytes([byte]))
                if self._stopping.wait(0.1):
                    return
        elif trouble.kind == "garbage":
            connection.sendall(_response(200, {}, b"<html>router login</html>"))
        else:
            connection.sendall(_response(int(trouble.kind), {}, b"no"))


def _read(connection: socket.socket) -> Request | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(4096)
        if not piece:
            return None
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(4096)
    return Request(method, target, headers, body, head + b"\r\n\r\n" + body)


def _response(status: int, headers: dict[str, str], body: bytes) -> bytes:
    told = {"Content-Length": str(len(body)), "Connection": "close"} | headers
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", *(f"{k}: {v}" for k, v in told.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Digest:
    """The server's side of HTTP Digest (RFC 7616), written from the standard and not from the client."""

    user: str
    password: str
    realm: str
    algorithm: str = "MD5"
    nonce: str = ""
    wrong: int = 0

    def challenge(self) -> str:
        self.nonce = self.nonce or str(int(time.time()))
        quoted = f'realm="{self.realm}", nonce="{self.nonce}", qop="auth", algorithm={self.algorithm}'
        return f"Digest {quoted}"

    def lets_in(self, request: Request) -> bool:
        told = request.headers.get("authorization", "")
        found = dict(re.findall(r'(\w+)="?([^",]+)"?', told))
        if not told.startswith("Digest ") or found.get("uri") != request.target or found.get("username") != self.user:
            self.wrong += bool(told)
            return False
        secret = self._hash(f"{self.user}:{self.realm}:{self.password}")
        asked = self._hash(f"{request.method}:{request.target}")
        middle = f"{found.get('nonce')}:{found.get('nc')}:{found.get('cnonce')}:{found.get('qop')}"
        fits = found.get("response") == self._hash(f"{secret}:{middle}:{asked}")
        self.wrong += not fits
        return fits

    def _hash(self, text: str) -> str:
        kind = {"MD5": "md5", "SHA-256": "sha256"}[self.algorithm]
        return hashlib.new(kind, text.encode(), usedforsecurity=False).hexdigest()
