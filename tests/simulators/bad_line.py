"""A peer on whose line everything goes wrong, for any protocol over TCP: it never says what one waits for."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
from typing import Self

FAULTS = ("closed", "silent", "reset", "hangs_up", "garbage", "reset_after_data", "endless")
"""closed: nobody listens. silent: takes the connection and says nothing. reset: RST at once. hangs_up: FIN at once.
garbage: bytes of no protocol. reset_after_data: RST as soon as something came. endless: a line that never ends."""
TRICKLES = {
    "http": {
        "slow_header": (b"HTTP/1.1 200 OK\r\n", b"X-Slow: yes\r\n"),
        "slow_body": (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", b" "),
    },
    "smtp": {"slow_header": (b"", b"220-mail\r\n"), "slow_body": (b"220 mail\r\n", b"250-mail\r\n")},
    "ftp": {"slow_header": (b"", b"220-files\r\n"), "slow_body": (b"220 files\r\n", b"331-files\r\n")},
    "mqtt": {"slow_header": (b"", b"\x20\x7f" + bytes(127)), "slow_body": (b"\x20\x7f", bytes(127))},
}
"""What each protocol's peer says at once, and what it then says again and again, one byte at a time and each well
within anybody's patience with one read."""
EVERY = 0.1
_NO_LINGER = struct.pack("ii", 1, 0)


class BadLine:
    """Listens on a port of its own (`closed` gives a port where nobody does)."""

    def __init__(self, fault: str, protocol: str = "http") -> None:
        self.fault = fault
        self._trickle = TRICKLES[protocol].get(fault)
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
            if self._trickle:
                self._dribble(connection, *self._trickle)
            elif self.fault == "reset":
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

    def _dribble(self, connection: socket.socket, opening: bytes, again: bytes) -> None:
        connection.sendall(opening)
        for byte in itertools.cycle(again):
            if self._stopping.wait(EVERY):
                return
            connection.sendall(bytes([byte]))

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
