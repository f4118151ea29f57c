"""A Modbus TCP relay board, by its frames alone: coil 0, discrete input 0, and a register that starts a pulse."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Self

from simulators.contact import Contact

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, FAILURE, BUSY = 1, 2, 4, 6


@dataclass
class ModbusRelay:
    """`plan` is what happens with the next frames: ok, silent, drop, reply-and-drop, wrong-id, or an exception code."""

    unit: int = 1
    pulse_register: int = 16
    pulse_seconds: float = 0.3
    relay: Contact = field(default_factory=Contact)
    input: bool = False
    frames: list[bytes] = field(default_factory=list)
    plan: list[str | int] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            while head := _exactly(connection, 6):
                frame = head + _exactly(connection, struct.unpack(">H", head[4:])[0])
                self.frames.append(frame)
                if not self._reply(connection, frame):
                    return

    def _reply(self, connection: socket.socket, frame: bytes) -> bool:
        """False ends the connection."""
        doing = self.plan.pop(0) if self.plan else "ok"
        number, unit, body = frame[:2], frame[6], frame[7:]
        if doing == "drop":
            return False
        refused = isinstance(doing, int)
        answer = bytes([body[0] | 0x80, int(doing)]) if refused else self._carry_out(unit, body)
        if doing == "silent":
            self._stopping.wait(10)
            return False
        if doing == "wrong-id":
            number = bytes([number[0] ^ 0x55, number[1]])
        connection.sendall(number + struct.pack(">HHB", 0, len(answer) + 1, unit) + answer)
        return doing != "reply-and-drop"

    def _carry_out(self, unit: int, body: bytes) -> bytes:
        function, address, value = struct.unpack(">BHH", body[:5])
        if unit != self.unit or (function != 6 and address != 0):
            return bytes([function | 0x80, ILLEGAL_ADDRESS])
        if function == 5:
            self.relay.switch(value == 0xFF00)
            return body
        if function == 6 and address == self.pulse_register:
            self.relay.switch(True, self.pulse_seconds)
            return body
        if function in {1, 2}:
            return bytes([function, 1, self.relay.on if function == 1 else self.input])
        return bytes([function | 0x80, ILLEGAL_FUNCTION])


def _exactly(connection: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        piece = connection.recv(count - len(got))
        if not piece:
            return b""
        got += piece
    return got
