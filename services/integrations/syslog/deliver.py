"""Sends a message to the log server.

Syslog answers nothing: over TCP and TLS a message counts as delivered when the server's side took it and did not close
or reset the connection at once; over UDP when it was sent.
"""

from __future__ import annotations

import socket
from contextlib import closing, suppress

from services.integrations.syslog.message import build, framed
from services.integrations.syslog.settings import Settings
from shared.addresses import Reach
from shared.certificates import Trust
from shared.errors import Retry, Trouble
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer_socket import as_delivery_knows_it, connect, with_tls

GOODBYE = 0.2
"""Seconds that a server has to reset the connection; its system takes bytes before its program refuses them."""


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:  # noqa: ARG001
    """As shared.integration.Deliver says."""
    message = build(delivery, socket.gethostname(), settings)
    if settings.transport == "udp":
        _datagram(message, settings)
    else:
        with closing(_connection(settings)) as connection, as_delivery_knows_it(_peer(settings)):
            connection.sendall(framed(message, settings))
            _wait_for_reset(connection)
    return Receipt(answer=f"{len(message)} bytes by {settings.transport.upper()}")


def check(settings: Settings) -> Receipt:
    """Connects and sends nothing."""
    if settings.transport == "udp":
        with as_delivery_knows_it(_peer(settings)):
            _reach(settings).addresses(settings.host, settings.port)
        return Receipt(answer="The name is known; whether the server listens cannot be told with UDP")
    _connection(settings).close()
    return Receipt(answer=f"{_peer(settings)} accepts connections")


def _datagram(message: bytes, settings: Settings) -> None:
    with as_delivery_knows_it(_peer(settings)):
        address = _reach(settings).addresses(settings.host, settings.port)[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.settimeout(settings.timeout)
            sender.sendto(message, (address, settings.port))


def _connection(settings: Settings) -> socket.socket:
    plain = connect(settings.host, settings.port, settings.timeout, _reach(settings))
    if settings.transport == "tcp":
        return plain
    try:
        return with_tls(plain, settings.host, settings.port, Trust(settings.ca, settings.fingerprint))
    except Retry:
        plain.close()
        raise


def _wait_for_reset(connection: socket.socket) -> None:
    connection.settimeout(GOODBYE)
    with suppress(TimeoutError):
        if connection.recv(1) == b"":
            raise Retry("The log server closes the connection at once", trouble=Trouble.OTHER)


def _reach(settings: Settings) -> Reach:
    return Reach.from_environment(allow_private=settings.allow_private)


def _peer(settings: Settings) -> str:
    return f"{settings.host}:{settings.port}"
