"""A Hanwha/Wisenet camera's HTTP side that remembers every byte and can misbehave; knows nothing of Platewire's code.

In a test: `with SunapiCamera() as camera: ... camera.set_motion(True)`. As a process:
`python -m simulators.sunapi_camera --port 8070 --log requests.jsonl [--digest pair] [--emitter lf] [--motion 5]`.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from simulators.sunapi_camera.documents import ATTRIBUTES, JPEG, document, state_as
from simulators.sunapi_camera.door import DIGESTS, EMITTERS, Door, Quirks

__all__ = ["DIGESTS", "EMITTERS", "JPEG", "Asked", "Quirks", "SunapiCamera"]
MARK = "--SamsungTechwin"


@dataclass(frozen=True)
class Asked:
    """One request, and what was answered; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))


@dataclass
class SunapiCamera:
    """Listens on 127.0.0.1; after a reboot on the same port, with its states and nonces forgotten."""

    port: int = 0
    user: str = "root"
    password: str = "camera-pw"
    quirks: Quirks = field(default_factory=Quirks)
    log: Path | None = None
    model: str = "XNV-SIM8080R"
    asked: list[Asked] = field(default_factory=list)
    motion: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)
    _door: Door = field(init=False)
    _streams: list[queue.Queue[str | None]] = field(default_factory=list)
    _open: list[socket.socket] = field(default_factory=list)
    _listener: socket.socket | None = None

    def __post_init__(self) -> None:
        self._door = Door(self.user, self.password, self.quirks)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.power_off()

    @property
    def refused_logins(self) -> int:
        return self._door.refused

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def power_off(self) -> None:
        opened, self._open = self._open, []
        for one in (*opened, *([self._listener] if self._listener else [])):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for stream in self._streams:
            stream.put(None)
        self._streams.clear()

    def reboot(self) -> None:
        self.power_off()
        self._door.nonces.clear()
        self.motion = False
        self.__enter__()

    def set_motion(self, on: bool) -> None:
        """A change of state, told to all who follow."""
        self.motion = on
        for stream in list(self._streams):
            stream.put("motion")

    def change_settings(self) -> None:
        for stream in list(self._streams):
            stream.put("config")

    def drop_streams(self) -> None:
        for stream in list(self._streams):
            stream.put(None)

    @property
    def followers(self) -> int:
        return len(self._streams)

    def expect(self, submenu: str, count: int = 1, seconds: float = 20.0) -> list[Asked]:
        """Waits for this many granted requests of a submenu."""

        def found() -> list[Asked]:
            return [one for one in self.asked if one.query.get("msubmenu") == submenu and one.status == 200]

        with self.changed:
            arrived = self.changed.wait_for(lambda: len(found()) >= count, seconds)
            assert arrived, f"{len(found())} of {count} requests for {submenu} came"
            return found()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as reader:
            while self._one(connection, reader):
                pass

    def _one(self, connection: socket.socket, reader: object) -> bool:
        line = reader.readline()  # type: ignore[attr-defined]
        if not line.strip():
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while line := reader.readline().decode("latin-1").strip():  # type: ignore[attr-defined]
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", 0)))  # type: ignore[attr-defined]
        status = self._door.judge(method, target, headers, connection)
        self._note(Asked(method, target, headers, body, status))
        if status != 200:
            self._door.refuse(connection, status, stale=headers.get("x-sim-stale") == "1")
            return True
        return self._answer(connection, Asked(method, target, headers, body, status))

    def _note(self, asked: Asked) -> None:
        with self.changed:
            self.asked.append(asked)
            if self.log:
                with self.log.open("a") as file:
                    file.write(json.dumps({"at": time.time(), "request": f"{asked.method} {asked.target}",
                                           "headers": asked.headers, "status": asked.status}) + "\n")  # fmt: skip
            self.changed.notify_all()

    def _answer(self, connection: socket.socket, asked: Asked) -> bool:
        query, wants_json = asked.query, "json" in asked.headers.get("accept", "")
        submenu, action = query.get("msubmenu", ""), query.get("action", "")
        if submenu in self.quirks.refuse:
            refusal = '{"Response":"Fail","Error":{"Code":600,"Details":"Submenu Error"}}'
            text = refusal if wants_json else "NG\nError Code: 600\nError Details:\nSubmenu Error"
            return self._send(connection, "text/plain", text.encode())
        if submenu == "eventstatus" and action in ("monitor", "monitordiff"):
            self._stream(connection, query, action, wants_json=wants_json)
            return False
        if asked.method == "POST":
            return self._send(connection, "text/plain", b"OK\r\n" + asked.body)
        if "attributes.cgi" in asked.target:
            return self._send(connection, "text/xml", ATTRIBUTES)
        if submenu == "snapshot":
            return self._send(connection, "image/jpeg", JPEG)
        schema = query.get("SchemaBased") == "True"
        state = state_as(self.motion, wants_json=wants_json, schema=schema)
        kind, body = document(submenu, self.model, state, wants_json=wants_json)
        return self._send(connection, kind, body)

    def _send(self, connection: socket.socket, kind: str, body: bytes) -> bool:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        return True

    def _stream(self, connection: socket.socket, query: dict[str, str], action: str, *, wants_json: bool) -> None:
        emitter = self.quirks.emitter
        quoted = '"SamsungTechwin"' if emitter == "lower_case" else "SamsungTechwin"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={quoted}\r\n"
        head += "Transfer-Encoding: chunked\r\n\r\n" if emitter == "chunked" else "Connection: close\r\n\r\n"
        connection.sendall(head.encode())
        news: queue.Queue[str | None] = queue.Queue()
        self._streams.append(news)
        period = float(query.get("Periodicity", 1)) if action == "monitor" else None
        schema = query.get("SchemaBased") == "True"
        item: str | None = "first"
        try:
            while item is not None:
                state = state_as(self.motion, wants_json=wants_json, schema=schema, config=item == "config")
                self._emit(connection, state, wants_json=wants_json)
                try:
                    item = news.get(timeout=period)
                except queue.Empty:
                    item = "again"
        finally:
            if news in self._streams:
                self._streams.remove(news)

    def _emit(self, connection: socket.socket, state: str, *, wants_json: bool) -> None:
        emitter, kind = self.quirks.emitter, "application/json" if wants_json else "text/plain"
        name = "Content-type" if emitter == "lower_case" else "Content-Type"
        header = "" if emitter == "no_header" else f"{name}: {kind}\r\n\r\n"
        end = "" if emitter == "glued" and wants_json else "\r\n"
        part = f"{MARK}\r\n{header}{state}{end}"
        data = part.replace("\r\n", "\n").encode() if emitter == "lf" else part.encode()
        if emitter == "chunked":
            connection.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        elif emitter == "bytes":
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in data:
                connection.sendall(bytes([byte]))
        elif emitter == "split":
            connection.sendall(data[:5])
            time.sleep(0.05)
            connection.sendall(data[5:])
        else:
            connection.sendall(data)
