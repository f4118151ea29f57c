"""Accepts consumers' connections, a thread for each and not more of them than are allowed."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from services.integrations.ssm.wire import Answer, BadRequest, Request, Wire

logger = logging.getLogger(__name__)

MOST_CONNECTIONS = 64


class Visit(Protocol):
    """What answers one connection's requests, in that connection's thread."""

    def answer(self, request: Request, wire: Wire) -> bool:
        """Answers; False when the connection ends with it."""

    def end(self) -> None:
        """The connection is over."""


class Server:
    """Listens from its making until `stop`.

    Args:
        visit: makes what answers a new connection.

    Raises:
        OSError: the address or port cannot be had.
    """

    def __init__(self, address: str, port: int, visit: Callable[[Wire], Visit]) -> None:
        self._visit = visit
        self._listener = socket.create_server(
            (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET, backlog=64
        )
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._wires: set[Wire] = set()
        self._stopped = False
        self._thread = threading.Thread(target=self._accept, name=f"ssm/{self.port}", daemon=True)
        self._thread.start()

    @property
    def died(self) -> bool:
        return not self._stopped and not self._thread.is_alive()

    def stop(self) -> None:
        """Frees the port and ends every connection."""
        self._stopped = True
        # close() alone would leave a blocked accept() listening on.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(2.0)
        with self._lock:
            wires = list(self._wires)
        for wire in wires:
            wire.cut()

    def _accept(self) -> None:
        while not self._stopped:
            try:
                connection, peer = self._listener.accept()
            except OSError:
                # The listener was closed, or a consumer was gone before it was accepted, or sockets ran out.
                if self._stopped:
                    return
                threading.Event().wait(0.05)
                continue
            self._begin(connection, str(peer[0]))

    def _begin(self, connection: socket.socket, client: str) -> None:
        wire = Wire(connection, client)
        with self._lock:
            room = len(self._wires) < MOST_CONNECTIONS
            if room:
                self._wires.add(wire)
        if not room:
            wire.refuse(503)
            connection.close()
            return
        threading.Thread(target=self._serve, args=(wire,), name=f"ssm/{self.port}/{client}", daemon=True).start()

    def _serve(self, wire: Wire) -> None:
        visit = self._visit(wire)
        # A connection's fault ends that connection: the other consumers go on.
        try:
            self._answer_all(visit, wire)
        except OSError:
            logger.debug("consumer left", extra={"client": wire.client})
        except Exception:
            logger.exception("a request could not be answered", extra={"client": wire.client})
            wire.refuse(500)
        finally:
            visit.end()
            wire.close()
            with self._lock:
                self._wires.discard(wire)

    def _answer_all(self, visit: Visit, wire: Wire) -> None:
        try:
            while not self._stopped and (request := wire.request()):
                if not visit.answer(request, wire):
                    return
        except BadRequest as error:
            wire.refuse(error.status)


def plain(text: str, status: int = 200) -> Answer:
    return Answer(status, "text/plain", text.encode(), told=text[:200])
