"""A small MQTT broker (3.1.1 and 5, OASIS) with one relay that listens to one topic; records every packet.

It keeps retained messages and wills, and takes subscriptions; only the test itself sends to the subscribers.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Self

from simulators.contact import Contact

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14
NOBODY, NOT_AUTHORIZED = 0x10, 0x87


@dataclass(frozen=True)
class Publish:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    duplicate: bool
    expires: int | None


@dataclass
class MqttBroker:
    """`plan` is what happens with the next messages: ok, no-ack, drop (before the relay hears it), deny."""

    topic: str = "gate/1/set"
    user: str = ""
    password: str = ""
    listens: bool = True
    relay: Contact = field(default_factory=Contact)
    raw: list[bytes] = field(default_factory=list)
    messages: list[Publish] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    retained: dict[str, bytes] = field(default_factory=dict)
    subscribed: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    denies: int = NOT_AUTHORIZED
    """The code of MQTT 5 for what is planned as deny."""
    accepts: bool = True
    """False: TCP is accepted and nothing is ever said."""

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._version = 4
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def tell(self, topic: str, payload: bytes) -> None:
        """To every session that subscribed to anything, as QoS 0."""
        body = struct.pack(">H", len(topic)) + topic.encode() + b"\0" * (self._version == 5) + payload
        for connection in self._open:
            connection.sendall(bytes([PUBLISH << 4, len(body)]) + body)

    def cut(self) -> None:
        """Breaks off the sessions that subscribed."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        will: tuple[str, bytes] | None = None
        with connection, contextlib.suppress(OSError, IndexError):
            connection.settimeout(20)
            will = self._session(connection)
        if will:
            self.retained[will[0]] = will[1]

    def _session(self, connection: socket.socket) -> tuple[str, bytes] | None:
        """What is to be said when it ends without a farewell."""
        version, will = 4, None
        with contextlib.suppress(OSError):
            while packet := _packet(connection):
                kind, flags, body = packet
                self.raw.append(bytes([kind << 4 | flags]) + body)
                if kind == CONNECT:
                    version = self._version = body[6]
                    will = _will(version, body)
                    if not self._connect(connection, version, body):
                        return None
                elif kind == PUBLISH:
                    if not self._publish(connection, version, flags, body):
                        return will
                elif kind == SUBSCRIBE:
                    self._subscribe(connection, version, body)
                elif kind == PINGREQ:
                    connection.sendall(bytes([PINGRESP << 4, 0]))
                elif kind == DISCONNECT:
                    return None
        return will

    def _subscribe(self, connection: socket.socket, version: int, body: bytes) -> None:
        number, rest = body[:2], body[2:]
        if version == 5:
            rest = rest[1 + rest[0] :]
        self.subscribed.append(_text(rest)[0])
        self._open.append(connection)
        answer = number + (b"\0" if version == 5 else b"") + b"\1"
        connection.sendall(bytes([SUBACK << 4, len(answer)]) + answer)

    def _connect(self, connection: socket.socket, version: int, body: bytes) -> bool:
        if not self.accepts:
            self._stopping.wait(10)
            return False
        self.clients.append(_text(body[10:] if version != 5 else body[11 + body[10] :])[0])
        allowed = not self.user or _credentials(version, body) == (self.user, self.password)
        if version == 5:
            connection.sendall(bytes([CONNACK << 4, 3, 0, 0 if allowed else 0x86, 0]))
        else:
            connection.sendall(bytes([CONNACK << 4, 2, 0, 0 if allowed else 4]))
        return allowed

    def _publish(self, connection: socket.socket, version: int, flags: int, body: bytes) -> bool:
        doing = self.plan.pop(0) if self.plan else "ok"
        if doing == "drop":
            return False
        topic, rest = _text(body)
        qos = flags >> 1 & 3
        number, rest = (rest[:2], rest[2:]) if qos else (b"", rest)
        expires = None
        if version == 5:
            length, rest = rest[0], rest[1:]
            properties, rest = rest[:length], rest[length:]
            if properties[:1] == b"\x02":
                expires = struct.unpack(">I", properties[1:5])[0]
        self.messages.append(Publish(topic, rest, qos, bool(flags & 1), bool(flags & 8), expires))
        if flags & 1 and doing != "deny":
            self.retained[topic] = rest
        if self.listens and topic == self.topic and doing != "deny":
            self.relay.switch(rest == b"ON")
        if qos and doing != "no-ack":
            code = self.denies if doing == "deny" else 0 if self.listens else NOBODY
            answer = number + bytes([code, 0]) if version == 5 else number
            connection.sendall(bytes([PUBACK << 4, len(answer)]) + answer)
        return True


def _packet(connection: socket.socket) -> tuple[int, int, bytes] | None:
    first = connection.recv(1)
    if not first:
        return None
    length, shift = 0, 0
    while True:
        byte = connection.recv(1)[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return first[0] >> 4, first[0] & 15, body


def _text(data: bytes) -> tuple[str, bytes]:
    length = struct.unpack(">H", data[:2])[0]
    return data[2 : 2 + length].decode(), data[2 + length :]


def _will(version: int, body: bytes) -> tuple[str, bytes] | None:
    flags, rest = body[7], body[10:]
    if not flags & 4:
        return None
    if version == 5:
        rest = rest[1 + rest[0] :]
    _client, rest = _text(rest)
    if version == 5:
        rest = rest[1 + rest[0] :]
    topic, rest = _text(rest)
    return topic, _text(rest)[0].encode()


def _credentials(version: int, body: bytes) -> tuple[str, str]:
    flags, rest = body[7], body[10:]
    if version == 5:
        rest = rest[1 + rest[0] :]
    _client, rest = _text(rest)
    if flags & 4:
        rest = rest[1 + rest[0] :] if version == 5 else rest
        _topic, rest = _text(rest)
        _payload, rest = _text(rest)
    user, rest = _text(rest) if flags & 0x80 else ("", rest)
    password, rest = _text(rest) if flags & 0x40 else ("", rest)
    return user, password
