"""One consumer's connection: requests as h11 parses them, answers, and bodies that last until the connection ends.

Everything has a deadline and a limit, so that nobody can hold a connection by sending or reading slowly.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import h11

LONGEST_HEAD = 32_768
LONGEST_BODY = 8 * 1024 * 1024
MOST_PARAMETERS = 200
IDLE, HEAD, BODY, WRITE = 75.0, 10.0, 60.0, 15.0
"""Seconds: between requests, for a head once it began, for a body, for one write."""
_REASONS = {490: "AccountBlocked", 491: "AdditionalPasswordRequired"}
Pairs = Sequence[tuple[str, str]]


class BadRequest(Exception):
    """The bytes are no request that is answered; the connection ends."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Request:
    """What was asked; header names in lower case."""

    method: str
    target: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")

    @property
    def wants_json(self) -> bool:
        return "application/json" in self.header("accept").lower()


@dataclass(frozen=True)
class Answer:
    """A whole answer; `told` stands in the recording instead of the body."""

    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""
    headers: Pairs = field(default=())
    told: str = ""


class Wire:
    """Reads requests from a socket and writes what answers them."""

    def __init__(self, connection: socket.socket, client: str) -> None:
        self.client = client
        self._socket = connection
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        self._method = ""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A consumer whose machine died must not count as one that listens.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(WRITE * 1000))

    def request(self) -> Request | None:
        """The next request; None when the consumer ended the connection or asked for nothing.

        Raises:
            BadRequest: it is malformed, too large or too slow.
        """
        try:
            head = self._head()
            if head is None:
                return None
            body = self._body()
        except h11.RemoteProtocolError as error:
            raise BadRequest(error.error_status_hint) from None
        self._method = head.method.decode("ascii")
        headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers)
        target = head.target.decode("ascii")
        try:
            parts = urlsplit(target)
            query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
        except ValueError:
            raise BadRequest(HTTPStatus.BAD_REQUEST) from None
        return Request(self._method, target, parts.path, tuple(query), headers, body, self.client)

    def answer(self, answer: Answer) -> bool:
        """Writes an answer; False when the connection cannot go on. Raises OSError."""
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), *answer.headers]
        self._send(h11.Response(status_code=answer.status, headers=headers, reason=reason(answer.status)))
        if self._method != "HEAD":
            self._send(h11.Data(data=answer.body))
        self._send(h11.EndOfMessage())
        if self._http.our_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    def refuse(self, status: int) -> None:
        """Says why a connection ends whose bytes are no request."""
        text = f"HTTP/1.1 {status} {reason(status)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        with suppress(OSError):
            self.write(text.encode())

    def begin(self, status: int, headers: Pairs) -> None:
        """Begins an answer whose body ends with the connection; `write` sends its pieces."""
        lines = [f"HTTP/1.1 {status} {reason(status)}", *(f"{name}: {value}" for name, value in headers)]
        self.write("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1", "replace"))

    def write(self, data: bytes) -> None:
        """All of it at once. Raises OSError, also when the consumer does not take it in time."""
        self._socket.settimeout(WRITE)
        self._socket.sendall(data)

    def keep_little(self) -> None:
        """Lets the system hold only some parts back, so that a consumer that does not read is noticed early."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)

    def gone(self) -> bool:
        """Whether the consumer has closed its side; what it sends meanwhile is left alone."""
        try:
            return bool(select.select([self._socket], [], [], 0)[0]) and self._socket.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True

    def cut(self) -> None:
        """Ends the connection, also under a thread that reads or writes it."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Waits a moment for the consumer's own end, so that what was written last is not reset away."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(0.2)
            while self._socket.recv(4096):
                pass
        self._socket.close()

    def _head(self) -> h11.Request | None:
        event = self._http.next_event()
        deadline = time.monotonic() + IDLE
        while event is h11.NEED_DATA:
            fresh = not self._http.trailing_data[0]
            if not self._feed(deadline):
                return None
            if fresh:
                deadline = time.monotonic() + HEAD
            event = self._http.next_event()
        return event if isinstance(event, h11.Request) else None

    def _body(self) -> bytes:
        pieces, length, deadline = [], 0, time.monotonic() + BODY
        if self._http.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[]))
        while not isinstance(event := self._http.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                length += len(event.data)
                pieces.append(bytes(event.data))
            elif event is not h11.NEED_DATA or not self._feed(deadline):
                raise BadRequest(HTTPStatus.REQUEST_TIMEOUT)
            if length > LONGEST_BODY:
                raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return b"".join(pieces)

    def _feed(self, deadline: float) -> bool:
        """Gives h11 what arrived; False when nothing came in time or the consumer is gone."""
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        self._socket.settimeout(left)
        try:
            data = self._socket.recv(16_384)
        except OSError:
            return False
        self._http.receive_data(data)
        return bool(data)

    def _send(self, event: h11.Event) -> None:
        if data := self._http.send(event):
            self.write(data)


def reason(status: int) -> str:
    known = {one.value: one.phrase for one in HTTPStatus}
    return _REASONS.get(status) or known.get(status, "Unknown")


def header_pairs(headers: Iterable[tuple[str, str]], without: frozenset[str]) -> list[tuple[str, str]]:
    """Headers that may pass on: not those of one connection, nor `without`; names compared in lower case."""
    pairs = list(headers)
    named = {word.strip().lower() for name, value in pairs if name.lower() == "connection" for word in value.split(",")}
    kept = HOP_BY_HOP | without | named
    return [(name, value) for name, value in pairs if name.lower() not in kept]


HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "expect",
    }
)  # fmt: skip
