"""Receivers of deliveries for a benchmark: they note when each plate came, or behave badly on purpose."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PLATE = re.compile(rb"\b[A-Z]{2}\d{4}[A-Z]{2}\b")


@dataclass
class Arrivals:
    """When each plate came to one receiver, by the monotonic clock, and how often more than once."""

    at: dict[str, float] = field(default_factory=dict)
    doubled: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, data: bytes) -> None:
        moment = time.perf_counter()
        with self._lock:
            for plate in {found.decode() for found in PLATE.findall(data)}:
                self.doubled += plate in self.at
                self.at.setdefault(plate, moment)


@contextmanager
def http_receiver(arrivals: Arrivals, answer_after: float = 0.0) -> Iterator[int]:
    """Takes what is posted and answers 200, at once or after so many seconds; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if answer_after:
                time.sleep(answer_after)
            else:
                arrivals.note(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


@contextmanager
def text_receiver(arrivals: Arrivals) -> Iterator[int]:
    """Takes lines of text as a recorder's text device does; gives its port."""
    with _listening(lambda connection: _drain(connection, arrivals.note)) as port:
        yield port


@contextmanager
def black_hole() -> Iterator[int]:
    """Takes connections and never says a word; gives its port."""
    kept: list[socket.socket] = []
    with _listening(kept.append) as port:
        yield port
    for connection in kept:
        connection.close()


def _drain(connection: socket.socket, note: Callable[[bytes], None]) -> None:
    with connection:
        while data := connection.recv(65536):
            note(data)


@contextmanager
def _listening(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _peer = server.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
