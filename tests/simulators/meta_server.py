"""A Meta server after docs/meta.md that remembers every byte and can misbehave; knows nothing of Platewire's code.

In a test: `with MetaServer() as server: ... server.expect("events", 2)`. `plan` holds faults for the next requests:
`Fault("503")` answers so, "reset" and "close" end the connection, "half" ends it in the middle of the answer after the
request was done, "nonsense" answers a page of HTML.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from simulators.json_receiver import Part, split_parts

KEY = "47336957505E61322AFF995586A0858170630BA3FF1C"
PREFIX = "/api/v1/meta"
PAGE = 3
"""Entries of one page."""


@dataclass(frozen=True)
class Asked:
    """What arrived. `body` holds the bytes as they came; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    parts: tuple[Part, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document, also of a form."""
        found = next((part.data for part in self.parts if part.name == "event"), self.body)
        parsed: dict[str, Any] = json.loads(found)
        return parsed


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead: a status, or a word of the module's docstring. `only` names its path."""

    kind: str
    only: str = ""


@dataclass
class SentList:
    """A list that the site may pull: plate → the entry's other fields."""

    identity: str
    name: str
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def pages(self) -> list[tuple[str, list[dict[str, Any]]]]:
        plates = sorted(self.entries)
        cut = [plates[start : start + PAGE] for start in range(0, len(plates), PAGE)]
        return [("" if not n else page[0], [self._entry(plate) for plate in page]) for n, page in enumerate(cut)]

    @property
    def version(self) -> str:
        return _hash(self.pages())

    def _entry(self, plate: str) -> dict[str, Any]:
        empty = {"note": "", "owner": "", "contact": "", "tag": "", "colour": ""}
        times = {"valid_from": None, "valid_to": None, "schedule": None}
        return {"plate": plate, "typed": plate, **empty, **times, **self.entries[plate]}


class MetaServer:
    """Listens in a thread; `key` is the only one that it takes."""

    def __init__(self, certificate: tuple[str, str] | None = None, port: int = 0) -> None:
        self.key: str = KEY
        self.asked: list[Asked] = []
        self.sources: dict[str, dict[str, Any]] = {}
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.lists: dict[str, SentList] = {}
        self.plan: deque[Fault] = deque()
        self.beat_every = 60
        self.changed = threading.Condition()
        self._server = _Server(self, ("127.0.0.1", port))
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            wrapped = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
            self._server.socket, self.scheme = wrapped, "https"

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
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def of(self, path: str) -> list[Asked]:
        """What was asked of a path behind the prefix."""
        with self.changed:
            return [one for one in self.asked if one.path == f"{PREFIX}/{path}"]

    def expect(self, path: str, count: int, seconds: float = 20.0) -> list[Asked]:
        """Waits for this many requests of a path and returns them."""
        deadline = time.monotonic() + seconds
        while len(found := self.of(path)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} requests to {path} came"
            with self.changed:
                self.changed.wait(0.1)
        return found

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Status and document; what was asked is done."""
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return 401, {"error": "sign_in_needed", "detail": "Sign in", "field": None}
        with self.changed:
            return self._done(asked)

    def _done(self, asked: Asked) -> tuple[int, Any]:
        path = asked.path.removeprefix(PREFIX)
        if (asked.method, path) == ("PUT", "/registration"):
            self.sources = {one["id"]: one for one in asked.document["sources"]}
            return 200, {"protocol": 1, "site": "North", "sources": len(self.sources), "heartbeat": self.beat_every}
        if (asked.method, path) == ("POST", "/heartbeat"):
            known = {one["id"] for one in asked.document["sources"]} <= self.sources.keys()
            state = _hash([one.version for one in self.lists.values()])
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            return 200, {"received_at": now, "heartbeat": self.beat_every, "registered": known, "lists": state}
        if (asked.method, path) == ("POST", "/events"):
            return self._event(asked)
        return self._list(asked, path) if asked.method == "GET" else (404, {"detail": "There is nothing here"})

    def _event(self, asked: Asked) -> tuple[int, Any]:
        if asked.document["sensorProviderID"] not in self.sources:
            return 409, {"error": "not_registered", "detail": "The source is not registered", "field": None}
        identity = asked.headers["webhook-id"]
        new = identity not in {known for known, _ in self.events}
        if new:
            self.events.append((identity, asked.document))
        return 200, {"stored": new}

    def _list(self, asked: Asked, path: str) -> tuple[int, Any]:
        if path == "/lists":
            told = [
                {"id": one.identity, "name": one.name, "match": "strict", "version": one.version}
                for one in self.lists.values()
            ]
            return 200, {"lists": told}
        found = re.fullmatch(r"/lists/([0-9a-f-]{36})(/page)?", path)
        one = self.lists.get(found[1]) if found else None
        if one is None or found is None:
            return 404, {"error": "not_found", "detail": "There is no such list", "field": None}
        if not found[2]:
            pages = [{"first": f, "entries": len(e), "version": _hash(e)} for f, e in one.pages()]
            about = {"id": one.identity, "name": one.name, "match": "strict", "version": one.version}
            return 200, {**about, "pages": pages}
        first, before = asked.query.get("first", ""), asked.query.get("before", "\uffff")
        entries = [entry for _, page in one.pages() for entry in page if first <= entry["plate"] < before]
        return 200, {"first": first, "version": _hash(entries), "entries": entries}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        parts = split_parts(headers.get("content-type", ""), body)
        place = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(place.query, keep_blank_values=True).items()}
        asked = Asked(self.command, place.path, query, headers, body, parts)
        simulator = self.server.simulator
        with simulator.changed:
            simulator.asked.append(asked)
            wanted = simulator.plan and simulator.plan[0].only in ("", place.path.removeprefix(f"{PREFIX}/"))
            fault = simulator.plan.popleft().kind if wanted else ""
        self._reply(fault, asked)
        with simulator.changed:
            simulator.changed.notify_all()

    do_PUT = do_GET = do_HEAD = do_POST  # noqa: N815

    def _reply(self, fault: str, asked: Asked) -> None:
        if fault in ("reset", "close"):
            self.close_connection = True
            if fault == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            return
        if fault == "nonsense":
            self._write(200, b"<html>Welcome</html>", "text/html")
            return
        if fault.isdigit():
            self._write(int(fault), json.dumps({"detail": "It was told to"}).encode())
            return
        status, document = self.server.simulator.answer(asked)
        self._write(status, json.dumps(document).encode(), half=fault == "half")

    def _write(self, status: int, body: bytes, kind: str = "application/json", *, half: bool = False) -> None:
        head = f"HTTP/1.1 {status} Simulated\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self.close_connection = half
        self.wfile.write((head + body)[: -len(body) // 2] if half else head + body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the requests are recorded instead."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, simulator: MetaServer, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.simulator = simulator

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests want."""


def _hash(value: Any) -> str:
    return hashlib.sha1(json.dumps(value).encode(), usedforsecurity=False).hexdigest()
