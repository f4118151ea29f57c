"""Sends a receipt to a text device's TCP port.

The recorder answers nothing, so a receipt counts as delivered when the recorder's TCP acknowledged every byte and did
not reset the connection in the moment after: its system takes bytes before its program refuses them.
"""

from __future__ import annotations

import fcntl
import select
import socket
import struct
import termios
import threading
import time
from contextlib import closing

from services.integrations.nvr_text.message import build, port_of
from services.integrations.nvr_text.settings import Settings
from shared.addresses import AddressRefused, Reach
from shared.errors import Reject, Retry
from shared.integration import Pictures, Receipt
from shared.messages import Delivery

GOODBYE = 0.3
"""Seconds that the recorder has to reset or to close its side; most close at once, some never."""
Address = tuple[str, int]

_idle: dict[Address, socket.socket] = {}
_idle_lock = threading.Lock()


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:  # noqa: ARG001
    """As shared.integration.Deliver says."""
    address, content = (settings.host, port_of(delivery, settings)), build(delivery, settings)
    if settings.connection == "persistent":
        _send_on_kept(address, content, settings)
    else:
        _send_once(address, content, settings)
    return Receipt(answer=f"{len(content)} bytes taken by port {address[1]}")


def check(settings: Settings) -> Receipt:
    """Connects to every port and sends nothing."""
    ports = sorted({settings.port, *settings.ports.values()})
    for port in ports:
        _connect((settings.host, port), settings).close()
    return Receipt(answer=f"The recorder accepts connections on {', '.join(map(str, ports))}")


def _send_once(address: Address, content: bytes, settings: Settings) -> None:
    with closing(_connect(address, settings)) as connection:
        _send(connection, address, content, settings)
        try:
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise _broken_off(address, error) from None
        _wait_for_reset(connection, address)


def _send_on_kept(address: Address, content: bytes, settings: Settings) -> None:
    """Uses the open connection if the recorder has not closed it meanwhile; puts it back when all went well."""
    with _idle_lock:
        connection = _idle.pop(address, None)
    if connection and _closed_by_peer(connection):
        connection.close()
        connection = None
    connection = connection or _connect(address, settings)
    try:
        _send(connection, address, content, settings)
        _wait_for_reset(connection, address)
    except Retry:
        connection.close()
        raise
    with _idle_lock:
        replaced, _idle[address] = _idle.get(address), connection
    if replaced:
        replaced.close()


def _connect(address: Address, settings: Settings) -> socket.socket:
    try:
        return Reach.from_environment().connect(*address, settings.connect_timeout)
    except AddressRefused as error:
        raise Reject(str(error)) from None
    except TimeoutError:
        raise Retry(f"{address[0]}:{address[1]} did not accept the connection in time") from None
    except OSError as error:
        raise Retry(f"{address[0]}:{address[1]} cannot be reached: {error.strerror or error}") from None


def _send(connection: socket.socket, address: Address, content: bytes, settings: Settings) -> None:
    """Sends all of it and waits until the other side's TCP has it."""
    deadline = time.monotonic() + settings.send_timeout
    connection.settimeout(settings.send_timeout)
    try:
        connection.sendall(content)
        while _unacknowledged(connection):
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.002)
            _discard(connection, 0.0)
        _discard(connection, 0.0)
    except OSError as error:
        raise _broken_off(address, error) from None


def _unacknowledged(connection: socket.socket) -> int:
    """Bytes that the peer's TCP has not confirmed (SIOCOUTQ, tcp(7))."""
    answer = fcntl.ioctl(connection, termios.TIOCOUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])


def _discard(connection: socket.socket, seconds: float) -> bool:
    """Waits for something to read and throws it away; True when the peer closed its side. Raises OSError on a reset."""
    readable = select.select([connection], [], [], seconds)[0]
    return bool(readable) and connection.recv(4096) == b""


def _wait_for_reset(connection: socket.socket, address: Address) -> None:
    """Waits until the recorder closes its side, at most GOODBYE. Raises Retry when it resets."""
    deadline = time.monotonic() + GOODBYE
    try:
        while (left := deadline - time.monotonic()) > 0:
            if _discard(connection, left):
                return
    except OSError as error:
        raise _broken_off(address, error) from None


def _closed_by_peer(connection: socket.socket) -> bool:
    try:
        return _discard(connection, 0.0)
    except OSError:
        return True


def _broken_off(address: Address, error: OSError) -> Retry:
    why = "it took too long" if isinstance(error, TimeoutError) else error.strerror or type(error).__name__
    return Retry(f"{address[0]}:{address[1]} broke off the connection: {why}")
