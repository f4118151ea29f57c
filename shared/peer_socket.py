"""A TCP connection, with TLS or without, to a peer that somebody typed; errors as deliveries know them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from shared.addresses import AddressRefused, Reach
from shared.certificates import Trust, tls_context, why_not_trusted
from shared.errors import Reject, Retry, Trouble


def connect(host: str, port: int, timeout: float, reach: Reach) -> socket.socket:
    """Connects to an address that was judged. Raises Retry, Reject."""
    with as_delivery_knows_it(f"{host}:{port}"):
        return reach.connect(host, port, timeout)


def with_tls(plain: socket.socket, host: str, port: int, trust: Trust) -> ssl.SSLSocket:
    """The same connection with TLS; the certificate is checked for the name. Raises Retry."""
    with as_delivery_knows_it(f"{host}:{port}"):
        return tls_context(trust).wrap_socket(plain, server_hostname=host)


@contextmanager
def as_delivery_knows_it(peer: str) -> Iterator[None]:
    """What a socket says becomes Retry or Reject with a sentence about `peer`."""
    try:
        yield
    except AddressRefused as error:
        raise Reject(str(error), trouble=Trouble.CANNOT_CONNECT) from None
    except ssl.SSLError as error:
        raise Retry(why_not_trusted(error, peer), trouble=Trouble.CERTIFICATE) from None
    except TimeoutError:
        raise Retry(f"{peer} did not answer in time", trouble=Trouble.CANNOT_CONNECT) from None
    except ConnectionRefusedError:
        raise Retry(f"{peer} cannot be reached: Connection refused", trouble=Trouble.CANNOT_CONNECT) from None
    except (ConnectionResetError, BrokenPipeError, EOFError):
        raise Retry(f"{peer} broke off the connection", trouble=Trouble.CANNOT_CONNECT) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Retry(f"{peer} cannot be reached: {why}", trouble=Trouble.CANNOT_CONNECT) from None
