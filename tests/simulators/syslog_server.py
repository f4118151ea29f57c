"""A log server on loopback: takes messages by UDP, TCP or TLS, cuts them as RFC 5425 and RFC 6587 say, keeps them."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self


@dataclass
class SyslogServer:
    """`fault`: reset | close, right after the connection was accepted."""

    transport: str = "tcp"
    certificate: tuple[str, str] | None = None
    fault: str = ""
    received: bytes = b""
    messages: list[bytes] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> Self:
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.bind(("127.0.0.1", 0))
        if self.transport != "udp":
            self._socket.listen(16)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def expect(self, count: int, seconds: float = 20.0) -> list[bytes]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.messages) >= count, seconds), self.messages
            return list(self.messages)

    def _work(self) -> None:
        while True:
            try:
                if self.transport == "udp":
                    self._note(self._socket.recv(65536), [])
                    continue
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        if self.fault:
            if self.fault == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            return
        with suppress(OSError):
            if self.certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self.certificate)
                connection = context.wrap_socket(connection, server_side=True)
            buffer = b""
            while data := connection.recv(65536):
                buffer += data
                found, buffer = _cut(buffer)
                self._note(data, found)
        connection.close()

    def _note(self, data: bytes, found: list[bytes]) -> None:
        with self.changed:
            self.received += data
            self.messages += found or ([data] if self.transport == "udp" else [])
            self.changed.notify_all()


def _cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Complete messages, and what is left."""
    found = []
    while buffer:
        if buffer[:1].isdigit():
            length, space, rest = buffer.partition(b" ")
            if not space or len(rest) < int(length):
                break
            found.append(rest[: int(length)])
            buffer = rest[int(length) :]
        else:
            line, end, rest = buffer.partition(b"\n")
            if not end:
                break
            found.append(line)
            buffer = rest
    return found, buffer
