"""A receiver of JSON over HTTP(S) that remembers every byte and can misbehave; knows nothing of Platewire's code.

In a test: `with JsonReceiver() as receiver: ... receiver.requests`. As a process, one JSON line for each request:
`python simulators/json_receiver.py --port 9000 --log requests.jsonl [--status 503,503,200] [--delay 2]`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import secrets
import signal
import socket
import ssl
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Part:
    """One part of a multipart body."""

    name: str
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Request:
    """What arrived. `body` holds the bytes as they came; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document, wherever it is in the body."""
        found = next((part.data for part in self.parts if part.filename.endswith(".json")), self.body)
        parsed: dict[str, Any] = json.loads(found)
        return parsed


@dataclass(frozen=True)
class Answer:
    """How one request is answered. `fault`: reset | close | trickle (one byte a second)."""

    status: int = 200
    body: bytes = b"OK"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    fault: str = ""


class JsonReceiver:
    """Listens in a thread. `plan` holds answers for the next requests; after them all is `otherwise`."""

    def __init__(
        self,
        port: int = 0,
        *,
        otherwise: Answer | None = None,
        digest: tuple[str, str] | None = None,
        certificate: tuple[str, str] | None = None,
        log: Path | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.requests: list[Request] = []
        self.plan: deque[Answer] = deque()
        self.otherwise = otherwise or Answer()
        self.digest = digest
        self.nonce = secrets.token_hex(8)
        self.log = log
        self.changed = threading.Condition()
        self._server = _Server(self, (host, port))
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            self.scheme = "https"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/events"

    def expect(self, count: int, seconds: float = 20.0) -> list[Request]:
        """Waits for this many requests and returns all that came."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.requests) >= count, seconds)
            assert arrived, f"{len(self.requests)} of {count} requests came"
            return list(self.requests)

    def note(self, request: Request) -> Answer:
        """Records a request and says how it is answered."""
        with self.changed:
            self.requests.append(request)
            answer = self.plan.popleft() if self.plan else self.otherwise
            if self.log:
                with self.log.open("a") as file:
                    file.write(json.dumps(_as_line(request, answer)) + "\n")
            self.changed.notify_all()
            return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        parts = split_parts(headers.get("content-type", ""), body)
        receiver = self.server.receiver
        answer = receiver.note(Request(self.command, self.path, headers, body, parts))
        if receiver.digest and not _digest_fits(receiver, self.command, headers.get("authorization", "")):
            challenge = f'Digest realm="sim", nonce="{receiver.nonce}", qop="auth", algorithm=SHA-256'
            answer = Answer(401, b"who are you?", {"WWW-Authenticate": challenge})
        time.sleep(answer.delay)
        self._reply(answer)

    do_HEAD = do_PUT = do_PATCH = do_POST  # noqa: N815
    do_GET = do_POST  # noqa: N815

    def _reply(self, answer: Answer) -> None:
        self.close_connection = True
        if answer.fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        if answer.fault == "close":
            return
        lines = [f"HTTP/1.1 {answer.status} Simulated", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        body = b"" if self.command == "HEAD" else answer.body
        self._write(head + body, slowly=answer.fault == "trickle")

    def _write(self, data: bytes, *, slowly: bool) -> None:
        if not slowly:
            self.wfile.write(data)
            return
        for byte in data:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(1)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the requests are recorded instead."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, receiver: JsonReceiver, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.receiver = receiver

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests want."""


def split_parts(content_type: str, body: bytes) -> tuple[Part, ...]:
    """Splits a multipart body by hand, so that a sender's mistake is not forgiven by a library."""
    found = re.fullmatch(r"multipart/form-data; boundary=([!-~]{1,70})", content_type)
    if not found:
        return ()
    mark = b"--" + found[1].encode()
    pieces = body.split(mark)
    assert pieces[0] == b"", "nothing stands before the first boundary"
    assert pieces[-1] == b"--\r\n", "the last boundary closes the body"
    return tuple(_part(piece) for piece in pieces[1:-1])


def _part(piece: bytes) -> Part:
    assert piece.startswith(b"\r\n"), "a boundary ends its line"
    assert piece.endswith(b"\r\n"), "data ends before the boundary's line"
    head, data = piece[2:-2].split(b"\r\n\r\n", 1)
    lines = dict(line.split(": ", 1) for line in head.decode("ascii").split("\r\n"))
    words = re.fullmatch(r'form-data; name="([^"]*)"(?:; filename="([^"]*)")?', lines["Content-Disposition"])
    assert words, lines["Content-Disposition"]
    return Part(words[1], words[2] or "", lines.get("Content-Type", "text/plain"), data)  # RFC 7578, 4.4


def _digest_fits(receiver: JsonReceiver, method: str, header: str) -> bool:
    """RFC 7616 with qop=auth and SHA-256."""
    assert receiver.digest
    user, password = receiver.digest
    said = dict(re.findall(r'(\w+)="?([^",]*)"?', header))
    if said.get("nonce") != receiver.nonce or said.get("username") != user:
        return False
    first = _sha256(f"{user}:sim:{password}")
    second = _sha256(f"{method}:{said['uri']}")
    wanted = _sha256(f"{first}:{receiver.nonce}:{said['nc']}:{said['cnonce']}:auth:{second}")
    return said.get("response") == wanted


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _as_line(request: Request, answer: Answer) -> dict[str, Any]:
    parts = [
        {"name": p.name, "filename": p.filename, "type": p.content_type, "base64": base64.b64encode(p.data).decode()}
        for p in request.parts
    ]
    is_json = request.parts or request.headers.get("content-type", "") == "application/json"
    return {
        "at": time.time(),
        "method": request.method,
        "path": request.path,
        "headers": request.headers,
        "event": request.document if is_json else None,
        "parts": parts,
        "status": answer.status,
        "fault": answer.fault,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--status", default="", help="statuses of the first answers, such as 503,503,200")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with JsonReceiver(
        options.port, otherwise=Answer(delay=options.delay), log=options.log, host=options.host
    ) as receiver:
        receiver.plan.extend(Answer(int(s), delay=options.delay) for s in options.status.split(",") if s)
        stop.wait()


if __name__ == "__main__":
    main()
