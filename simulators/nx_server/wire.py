"""The HTTP side of a simulated server: records requests as they came, and misbehaves as it is told."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, cast

from simulators.nx_server import answers
from simulators.nx_server.asked import Asked, Said
from simulators.nx_server.state import PROFILES, State, User


@dataclass(frozen=True)
class Request:
    """What arrived: the target and the body exactly as they were sent; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass(frozen=True)
class Fault:
    """How one request fails.

    Attributes:
        kind: status | reset | close | hang | slow_header | slow_body | reset_in_body | no_authorization
        path, method: only a request whose target holds this, and that has this method.
        done: the request takes effect before its answer is lost.
    """

    kind: str
    path: str = ""
    method: str = ""
    status: int = 503
    done: bool = False
    body: bytes | None = None

    def fits(self, asked: Asked) -> bool:
        return self.path in asked.target and self.method in ("", asked.method)


class NxServer:
    """Listens in threads from `start` to `stop`, on the same port after a restart."""

    def __init__(
        self,
        profile: str = "v3",
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        users: list[User] | None = None,
        certificate: tuple[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self.state = State(PROFILES[profile], users or [User("anpr", "pw")])
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        """Each is used once, by the next request that it fits."""
        self.connections = 0
        self.host, self.port, self.certificate, self.log = host, port, certificate, log
        self.changed = threading.Condition()
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server = _Server(self, (self.host, self.port))
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server.drop_connections()
            self._server = None

    def restart(self) -> None:
        """As after an update: connections break, sessions and nonces are forgotten, bookmarks stay."""
        self.stop()
        self.state.restart()
        self.start()

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def asked(self, path: str) -> list[Request]:
        """The requests whose target holds this."""
        with self.changed:
            return [request for request in self.requests if path in request.target]

    def expect(self, count: int, path: str = "", seconds: float = 20.0) -> list[Request]:
        """Waits for this many requests whose target holds `path`."""

        def came() -> list[Request]:
            return [request for request in self.requests if path in request.target]

        with self.changed:
            assert self.changed.wait_for(lambda: len(came()) >= count, seconds), f"{len(came())} of {count} came"
            return came()

    def handle(self, asked: Asked) -> tuple[Said, Fault | None]:
        """Records a request and says how it is answered."""
        with self.changed:
            fault = next((one for one in self.faults if one.fits(asked)), None)
            if fault:
                self.faults.remove(fault)
            said = self._said(asked, fault)
            request = Request(asked.method, asked.target, asked.headers, asked.body, said.status)
            self.requests.append(request)
            if self.log:
                with self.log.open("a") as file:
                    file.write(json.dumps(_as_line(request, fault)) + "\n")
            self.changed.notify_all()
            return said, fault

    def _said(self, asked: Asked, fault: Fault | None) -> Said:
        if fault and fault.kind == "no_authorization":
            headers = {name: value for name, value in asked.headers.items() if name != "authorization"}
            return answers.answer(self.state, Asked(asked.method, asked.target, headers, asked.body))
        if fault and fault.kind == "status":
            if fault.done:
                answers.answer(self.state, asked)
            return Said(fault.status, {"error": "11", "errorId": "serviceUnavailable", "errorString": "Simulated"})
        if fault and not fault.done and fault.kind in ("reset", "close", "hang"):
            return Said(0)
        return answers.answer(self.state, asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        said, fault = server.nx.handle(Asked(self.command, self.path, headers, body))
        self._reply(said, fault)

    do_POST = do_GET  # noqa: N815
    do_PATCH = do_GET  # noqa: N815
    do_DELETE = do_GET  # noqa: N815

    def _reply(self, said: Said, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        if kind in ("reset", "close", "hang"):
            self._vanish(kind)
            return
        body = b"" if said.document is None else json.dumps(said.document, ensure_ascii=False).encode()
        if fault and fault.body is not None:
            body = fault.body
        body = {"reset_in_body": body or b"{}", "slow_body": body.ljust(200)}.get(kind, body)
        lines = [f"HTTP/1.1 {said.status} Simulated", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in said.headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if kind == "slow_header":
            self._trickle(head)
        elif kind == "slow_body":
            self.wfile.write(head)
            self._trickle(body)
        elif kind == "reset_in_body":
            self.wfile.write(head + body[: len(body) // 2])
            self._vanish("reset")
        else:
            self.wfile.write(head + body)

    def _vanish(self, kind: str) -> None:
        self.close_connection = True
        if kind == "hang":
            cast("_Server", self.server).over.wait(30)
        if kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with suppress(OSError):
            self.connection.close()

    def _trickle(self, data: bytes) -> None:
        """A byte each 50 ms: no single wait is long, only the whole."""
        for byte in data:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the requests are recorded instead."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, nx: NxServer, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.nx, self.over = nx, threading.Event()
        self._open: list[socket.socket] = []
        if nx.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*nx.certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.append(connection)
        self.nx.connections += 1
        return connection, address

    def drop_connections(self) -> None:
        self.over.set()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests want."""


def _as_line(request: Request, fault: Fault | None) -> dict[str, Any]:
    return {
        "at": time.time(),
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
        "body": base64.b64encode(request.body).decode(),
        "status": request.status,
        "fault": fault.kind if fault else "",
    }
