"""A peer on whose line everything goes wrong, for any protocol over TCP: it never says what one waits for."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self

FAULTS = ("closed", "silent", "reset", "hangs_up", "garbage", "reset_after_data", "endless")
"""closed: nobody listens. silent: takes the connection and says nothing. reset: RST at once. hangs_up: FIN at once.
garbage: bytes of no protocol. reset_after_data: RST as soon as something came. endless: a line that never ends."""
_NO_LINGER = struct.pack("ii", 1, 0)


class BadLine:
    """Listens on a port of its own (`closed` gives a port where nobody does)."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.came = 0
        """Bytes that were sent to it."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        if self.fault == "closed":
            self._server.close()
        else:
            self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(5)

    def _begin(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _peer = self._server.accept()
            except OSError:
                return
            self._begin(self._spoil, connection)

    def _spoil(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(0.2)
            if self.fault == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            elif self.fault == "garbage":
                connection.sendall(bytes(range(256)) * 8 + b"\r\n\r\n")
                self._swallow(connection, 2.0)
            elif self.fault == "reset_after_data":
                self._swallow(connection, 2.0, until_data=True)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            elif self.fault == "endless":
                while not self._stopping.wait(0.02):
                    connection.sendall(b"x" * 1024)
            elif self.fault == "silent":
                self._swallow(connection, 60.0)

    def _swallow(self, connection: socket.socket, seconds: float, *, until_data: bool = False) -> None:
        for _ in range(int(seconds / 0.2)):
            if self._stopping.is_set():
                return
            try:
                data = connection.recv(65536)
            except TimeoutError:
                continue
            if not data:
                return
            self.came += len(data)
            if until_data:
                return
