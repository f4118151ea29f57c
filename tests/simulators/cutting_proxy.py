"""A TCP proxy on loopback whose line a test cuts: at once, after so many bytes, or for as long as it likes.

In a test: `with CuttingProxy(port) as line: ... line.cut() ... line.mend()`. Knows nothing of what passes through it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

CHUNK = 4096


class CuttingProxy:
    """Passes connections on to a port. `passed` counts the bytes towards it, `cuts` how often it was cut half-way."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.passed = 0
        self.cuts = 0
        self._cut_after: int | None = None
        self._whole = True
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Ends every connection and takes no new one until it is mended."""
        with self._lock:
            self._whole = False
            doomed, self._open = self._open, set()
        for one in doomed:
            _shut(one)

    def mend(self) -> None:
        self._whole = True

    def cut_once_after(self, size: int) -> None:
        """Ends the next connection that passes this many bytes on, in the middle of what it sends."""
        with self._lock:
            self._cut_after = size

    def _accept(self) -> None:
        while True:
            try:
                near = self._server.accept()[0]
            except OSError:
                return
            with self._lock:
                whole = self._whole
            if not whole:
                _shut(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                _shut(near)
                continue
            with self._lock:
                self._open |= {near, far}
            threading.Thread(target=self._pass_on, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(far, near, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, towards: bool) -> None:
        sent = 0
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if towards and self._must_cut(sent + len(data)):
                    break
                target.sendall(data)
                sent += len(data)
                self.passed += len(data) if towards else 0
        with self._lock:
            self._open -= {source, target}
        _shut(source)
        _shut(target)

    def _must_cut(self, sent: int) -> bool:
        with self._lock:
            if self._cut_after is None or sent < self._cut_after:
                return False
            self._cut_after = None
            self.cuts += 1
            return True


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
