"""A recorder's text devices: TCP listeners that cut receipts out of what arrives; knows nothing of Platewire's code.

In a test: `with NvrText() as nvr: ... nvr.receipts`. As a process, one JSON line for each receipt:
`python simulators/nvr_text.py --port 7001 --port 7002 --log receipts.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class TextReceipt:
    """What stood between a start and an end string; `text` is None when it does not decode."""

    port: int
    raw: bytes
    text: str | None
    complete: bool = True


class ReceiptCutter:
    """Finds receipts in a stream of bytes, however they are cut into segments."""

    def __init__(self, port: int, start: bytes, end: bytes, encoding: str, longest: int = 4096) -> None:
        self.port, self.start, self.end, self.encoding, self.longest = port, start, end, encoding, longest
        self._buffer = b""

    def feed(self, data: bytes) -> list[TextReceipt]:
        self._buffer += data
        found = []
        while (begin := self._buffer.find(self.start)) >= 0:
            inside = begin + len(self.start)
            stop = self._buffer.find(self.end, inside)
            if stop < 0:
                if len(self._buffer) - inside > self.longest:
                    found.append(self._receipt(self._buffer[inside:], complete=False))
                    self._buffer = b""
                return found
            found.append(self._receipt(self._buffer[inside:stop], complete=True))
            self._buffer = self._buffer[stop + len(self.end) :]
        self._buffer = self._buffer[-(len(self.start) - 1) :] if len(self.start) > 1 else b""
        return found

    def flush(self) -> list[TextReceipt]:
        """What was begun and never ended."""
        begin = self._buffer.find(self.start)
        rest, self._buffer = self._buffer, b""
        return [] if begin < 0 else [self._receipt(rest[begin + len(self.start) :], complete=False)]

    def _receipt(self, raw: bytes, *, complete: bool) -> TextReceipt:
        try:
            text = raw.decode(self.encoding)
        except UnicodeDecodeError:
            return TextReceipt(self.port, raw, None, complete)
        return TextReceipt(self.port, raw, text, complete)


@dataclass
class Faults:
    """How the recorder misbehaves: `mode` is "" | reset | never_read; `close_after` bytes it closes."""

    mode: str = ""
    close_after: int = 0


@dataclass
class NvrText:
    """Listens on `ports` (0 = any free one) of `host`."""

    ports: list[int] = field(default_factory=lambda: [0])
    start_mark: bytes = b"<LPR>"
    end_mark: bytes = b"</LPR>"
    encoding: str = "ascii"
    faults: Faults = field(default_factory=Faults)
    log: Path | None = None
    host: str = "127.0.0.1"
    receipts: list[TextReceipt] = field(default_factory=list)
    captured: dict[int, bytes] = field(default_factory=dict)
    """All bytes that came to a port, also those outside receipts."""
    connections: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)
    _listeners: list[socket.socket] = field(default_factory=list)
    _open: list[socket.socket] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Listens; after a stop again on the same ports."""
        self._stopping = threading.Event()
        self._listeners = [self._listen(port) for port in self.ports]
        self.ports = [listener.getsockname()[1] for listener in self._listeners]
        for listener, port in zip(self._listeners, self.ports, strict=True):
            threading.Thread(target=self._accept, args=(listener, port), daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        for opened in (*self._listeners, *self._open):
            # close() alone would leave a blocked accept() listening on.
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()
        self._open.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return self.ports[0]

    def expect(self, count: int, seconds: float = 20.0) -> list[TextReceipt]:
        """Waits for this many receipts and returns all that came."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.receipts) >= count, seconds)
            assert arrived, f"{len(self.receipts)} of {count} receipts came"
            return list(self.receipts)

    def _listen(self, port: int) -> socket.socket:
        buffer = 2048 if self.faults.mode == "never_read" else None
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        listener.bind((self.host, port))
        listener.listen(16)
        return listener

    def _accept(self, listener: socket.socket, port: int) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, port), daemon=True).start()

    def _serve(self, connection: socket.socket, port: int) -> None:
        if self.faults.mode == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self.faults.mode == "never_read":
            self._stopping.wait()
        else:
            self._read(connection, port)
        connection.close()

    def _read(self, connection: socket.socket, port: int) -> None:
        cutter = ReceiptCutter(port, self.start_mark, self.end_mark, self.encoding)
        taken = 0
        while True:
            try:
                data = connection.recv(4096)
            except OSError:
                data = b""
            if not data:
                self._note(port, b"", cutter.flush())
                return
            taken += len(data)
            self._note(port, data, cutter.feed(data))
            if self.faults.close_after and taken >= self.faults.close_after:
                return

    def _note(self, port: int, data: bytes, found: list[TextReceipt]) -> None:
        with self.changed:
            self.captured[port] = self.captured.get(port, b"") + data
            self.receipts += found
            if self.log:
                with self.log.open("a") as file:
                    file.writelines(json.dumps(_as_line(receipt)) + "\n" for receipt in found)
            self.changed.notify_all()


def _as_line(receipt: TextReceipt) -> dict[str, object]:
    return {
        "at": time.time(),
        "port": receipt.port,
        "raw": receipt.raw.hex(),
        "text": receipt.text,
        "complete": receipt.complete,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, action="append", required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--start", default="<LPR>")
    parser.add_argument("--end", default="</LPR>")
    parser.add_argument("--encoding", default="ascii")
    options = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    marks = (options.start.encode(), options.end.encode())
    with NvrText(options.port, *marks, options.encoding, log=options.log):
        stop.wait()


if __name__ == "__main__":
    main()
