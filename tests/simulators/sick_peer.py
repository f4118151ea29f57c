"""A TCP peer of no protocol that is ill in one way: silent, dribbling, or breaking off; for any client at all.

In a test: `with SickPeer("reset") as peer: ... peer.port ... peer.greeted`. Knows nothing of Platewire's code.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
EVERY = 0.1


class SickPeer:
    """`illness`: silent | slow_header | slow_body | reset (by RST, in the middle of its answer)."""

    def __init__(self, illness: str, greeting: bytes = b"") -> None:
        self.illness = illness
        self.greeting = greeting
        self.greeted = 0
        self._stopping = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        # close() alone would leave a blocked accept() listening on.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def _accept(self) -> None:
        while True:
            try:
                caller = self._server.accept()[0]
            except OSError:
                return
            self.greeted += 1
            threading.Thread(target=self._suffer, args=(caller,), daemon=True).start()

    def _suffer(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError), caller:
            if self.illness == "silent":
                self._stopping.wait()
            elif self.illness == "reset":
                caller.sendall(self.greeting or HEAD[:20])
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self._dribble(caller)

    def _dribble(self, caller: socket.socket) -> None:
        """An answer that never ends, of which each byte comes well within anybody's patience with one read."""
        answer = self.greeting or HEAD
        if self.illness == "slow_body":
            caller.sendall(answer)
            answer = b" " * 10_000
        for byte in answer:
            if self._stopping.wait(EVERY):
                return
            caller.sendall(bytes([byte]))
