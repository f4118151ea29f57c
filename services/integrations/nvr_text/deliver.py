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
from contextlib import ExitStack, closing

from services.integrations.nvr_text.message import build, shown
from services.integrations.nvr_text.settings import Address, Settings
from services.integrations.nvr_text.sunapi import Recorder, differences, reach
from shared.addresses import AddressRefused, Reach
from shared.errors import Reject, Retry, Trouble
from shared.integration import Pictures, Receipt
from shared.messages import Delivery

GOODBYE = 0.3
"""Seconds that the recorder has to reset or to close its side; most close at once, some never."""

_idle: dict[Address, socket.socket] = {}
_idle_lock = threading.Lock()


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:  # noqa: ARG001
    """As shared.integration.Deliver says."""
    address, content = settings.address_of(delivery.camera.name), build(delivery, settings)
    taken = f"{len(content)} bytes taken by port {address[1]}"
    if not settings.verify:
        _send(address, content, settings)
        return Receipt(answer=taken)
    return Receipt(answer=f"{taken}, {_send_and_watch(address, content, shown(delivery, settings), settings)}")


def check(settings: Settings) -> Receipt:
    """Connects to every text device and sends nothing; compares or sets them where that is wanted."""
    for address in settings.addresses():
        _connect(address, settings).close()
        if settings.device != "leave":
            _tune(address, settings)
    ports = ", ".join(str(port) if host == settings.host else f"{host}:{port}" for host, port in settings.addresses())
    tuned = {"leave": "", "compare": " and is set as entered here", "set": " and has been set as entered here"}
    return Receipt(answer=f"The recorder accepts connections on {ports}{tuned[settings.device]}")


def _tune(address: Address, settings: Settings) -> None:
    """Raises Reject when the recorder's text device is not as it should be and may not be set so."""
    with Recorder(address[0], settings) as recorder:
        device = recorder.device(address[1])
        if settings.device == "set" and differences(device, settings):
            recorder.set(device)
            device = recorder.device(address[1])
    if wrong := differences(device, settings):
        raise Reject(f"The recorder's text device of port {address[1]} does not fit: {'; '.join(wrong)}")


def _send_and_watch(address: Address, content: bytes, lines: list[str], settings: Settings) -> str:
    """Sends while listening to what the recorder shows. That SUNAPI is away holds up no plate, it only goes unverified.

    Raises Retry when the recorder took the text and did not show it.
    """
    with ExitStack() as open_while_sending:
        try:
            recorder = open_while_sending.enter_context(reach(address, settings))
            shows = open_while_sending.enter_context(recorder.watch(recorder.device(address[1])))
        except (Retry, Reject) as error:
            _send(address, content, settings)
            return f"not verified: {error}"
        _send(address, content, settings)
        if not shows([line for line in lines if line.strip()], settings.verify_seconds):
            raise Retry(
                f"The recorder took the text and did not show it within {settings.verify_seconds:g} seconds:"
                " is its text device set to Use, with these start and end strings?"
            )
    return "shown by the recorder"


def _send(address: Address, content: bytes, settings: Settings) -> None:
    send = _send_on_kept if settings.connection == "persistent" else _send_once
    send(address, content, settings)


def _send_once(address: Address, content: bytes, settings: Settings) -> None:
    with closing(_connect(address, settings)) as connection:
        _push(connection, address, content, settings)
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
        _push(connection, address, content, settings)
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
        raise Reject(str(error), trouble=Trouble.CANNOT_CONNECT) from None
    except TimeoutError:
        sentence = f"{address[0]}:{address[1]} did not accept the connection in time"
        raise Retry(sentence, trouble=Trouble.CANNOT_CONNECT) from None
    except OSError as error:
        sentence = f"{address[0]}:{address[1]} cannot be reached: {error.strerror or error}"
        raise Retry(sentence, trouble=Trouble.CANNOT_CONNECT) from None


def _push(connection: socket.socket, address: Address, content: bytes, settings: Settings) -> None:
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
    sentence = f"{address[0]}:{address[1]} broke off the connection: {why}"
    return Retry(sentence, trouble=Trouble.CANNOT_CONNECT)
