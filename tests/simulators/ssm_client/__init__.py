"""A consumer of a camera's dynamic events, as SSM may be one; knows nothing of Platewire's code.

It reads a stream as one of three known clients does, mistakes included:
- `strict` (C++ viewer): the boundary is everything after `boundary=`; only a line `Content-Type:` is no payload.
- `braces` (C# client): leaves lines out that start like a header and counts braces.
- `text` (a VMS's plug-in): lines with exactly one `=`.

As a process: `python -m tests.simulators.ssm_client --url http://127.0.0.1:8090 --user admin --password ...`.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.ssm_client.reading import Reader, Seen, assert_pulses, seen_in

EVENTSTATUS = "/stw-cgi/eventstatus.cgi?msubmenu=eventstatus&action="
FOLLOW = f"{EVENTSTATUS}monitordiff&Channel.0.EventType=OpenSDK"

__all__ = ["Reader", "Reply", "Seen", "SsmClient", "Stream", "assert_pulses"]


@dataclass(frozen=True)
class Reply:
    """An answer with its whole body; header names in lower case, of several the last."""

    status: int
    headers: dict[str, str]
    body: bytes
    challenges: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Stream:
    """An open monitor or monitordiff, read in a thread."""

    connection: socket.socket
    reader: Reader
    raw: bytes = b""
    payloads: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    """What the payloads told of plates."""
    ended: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def run(self) -> None:
        while data := self._read():
            with self.changed:
                self.take(data)
                self.changed.notify_all()
        self.connection.close()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def take(self, data: bytes) -> None:
        fresh = self.reader.feed(data.decode("latin-1"))
        self.raw += data
        self.payloads += fresh
        self.seen += [one for payload in fresh for one in seen_in(payload)]

    def _read(self) -> bytes:
        try:
            return self.connection.recv(4096)
        except OSError:
            return b""

    @property
    def plates(self) -> list[str]:
        return [one.plate for one in self.seen if one.plate]

    def expect(self, what: Callable[[Stream], bool], seconds: float = 20.0) -> Stream:
        with self.changed:
            assert self.changed.wait_for(lambda: what(self), seconds), f"never came; there was {self.payloads}"
        return self

    def expect_states(self, count: int, form: str, seconds: float = 20.0) -> list[Seen]:
        """Waits for this many states in one form."""

        def found() -> list[Seen]:
            return [one for one in self.seen if one.form == form]

        self.expect(lambda _: len(found()) >= count, seconds)
        return found()

    def close(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


@dataclass
class SsmClient:
    """One consumer of a camera at 127.0.0.1 or elsewhere."""

    port: int
    user: str = "admin"
    password: str = "s3cret-pw"
    algorithm: str = "SHA-256"
    personality: str = "strict"
    host: str = "127.0.0.1"

    def get(self, target: str, *, json: bool = False, method: str = "GET", body: bytes = b"") -> Reply:
        """One request on a connection of its own, signed in by Digest."""
        with socket.create_connection((self.host, self.port), 20) as connection:
            return self._ask(connection, method, target, json=json, body=body)

    def bare(self, target: str, *lines: str, method: str = "GET") -> Reply:
        """One request as it is given, without signing in."""
        with socket.create_connection((self.host, self.port), 20) as connection:
            _write(connection, method, target, list(lines), b"")
            return _read_reply(connection)

    def follow(self, target: str = "", *, schema: bool = True) -> Stream:
        """Opens a stream, as JSON unless the personality reads text."""
        target = target or FOLLOW + ("&SchemaBased=True" if schema else "")
        connection = socket.create_connection((self.host, self.port), 20)
        as_json = self.personality != "text" and schema
        head = self._ask(connection, "GET", target, json=as_json, stream=True)
        assert head.status == 200, head
        connection.settimeout(120 if self.personality == "text" else None)
        stream = Stream(connection, Reader(self.personality, head.headers["content-type"]))
        stream.take(head.body)
        threading.Thread(target=stream.run, daemon=True).start()
        return stream

    def _ask(
        self, connection: socket.socket, method: str, target: str, *, json: bool, body: bytes = b"",
        stream: bool = False,
    ) -> Reply:  # fmt: skip
        lines = ["Accept: application/json"] if json else []
        _write(connection, method, target, lines, body)
        reply = _read_reply(connection, head_only=stream)
        if reply.status != 401:
            return reply
        challenge = next(c for c in reply.challenges if f"algorithm={self.algorithm}" in c)
        _write(connection, method, target, [*lines, self.authorization(challenge, method, target)], body)
        return _read_reply(connection, head_only=stream)

    def authorization(self, challenge: str, method: str, target: str, count: int = 1) -> str:
        said = {k: v or w for k, v, w in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', challenge)}
        hashed: Any = hashlib.sha256 if self.algorithm == "SHA-256" else hashlib.md5
        one = hashed(f"{self.user}:{said['realm']}:{self.password}".encode()).hexdigest()
        two = hashed(f"{method}:{target}".encode()).hexdigest()
        nc, cnonce = f"{count:08x}", secrets.token_hex(4)
        answer = hashed(f"{one}:{said['nonce']}:{nc}:{cnonce}:auth:{two}".encode()).hexdigest()
        return (
            f'Authorization: Digest username="{self.user}", realm="{said["realm"]}", nonce="{said["nonce"]}", '
            f'uri="{target}", response="{answer}", algorithm={self.algorithm}, qop=auth, nc={nc}, cnonce="{cnonce}"'
        )


def _write(connection: socket.socket, method: str, target: str, lines: list[str], body: bytes) -> None:
    head = [f"{method} {target} HTTP/1.1", "Host: camera", *lines]
    head += [f"Content-Length: {len(body)}"] if body else []
    connection.sendall("\r\n".join([*head, "", ""]).encode() + body)


def _read_reply(connection: socket.socket, *, head_only: bool = False) -> Reply:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(4096)
        assert piece, f"the connection ended after {data!r}"
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    headers, status = dict(pairs), int(first.split()[1])
    challenges = tuple(value for name, value in pairs if name == "www-authenticate")
    length = int(headers["content-length"]) if "content-length" in headers else None
    while not (head_only and status == 200) and (length is None or len(body) < length):
        if not (piece := connection.recv(65536)):
            break
        body += piece
    return Reply(status, headers, body, challenges)
