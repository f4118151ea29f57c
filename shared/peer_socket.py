"""A TCP connection, with TLS or without, to a peer that somebody typed; errors as deliveries know them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from shared.addresses import AddressRefused, Reach
from shared.certificates import Trust, tls_context, why_not_trusted
from shared.errors import Reject, Retry, Trouble

WHOLE = 4
"""Timeouts that a try may last in all: each read has its own, and a peer may dribble its answer for an hour."""
LONGEST = 100.0
"""Seconds of a try; after 120 the engine takes it for dead and lets another send the same."""


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


@contextmanager
def ended_in_time(timeout: float, peer: str, sockets: Callable[[], Iterable[socket.socket | None]]) -> Iterator[None]:
    """Gives a try up as a whole: whoever reads or sends then meets the end of the connection, and it is a Retry.

    Args:
        timeout: seconds for one read or write.
        sockets: the connections as they are at that moment, None for one that is not open.
    """
    over, late = threading.Event(), threading.Event()

    def watch() -> None:
        over.wait(min(WHOLE * timeout, LONGEST))
        # Again and again: one may be opened just then.
        while not over.wait(0.2):
            late.set()
            for one in filter(None, sockets()):
                with suppress(OSError):
                    # The socket's own: TLS would change the state that another thread is reading by.
                    socket.socket.shutdown(one, socket.SHUT_RDWR)

    threading.Thread(target=watch, name="ends a try", daemon=True).start()
    try:
        yield
    except Exception:
        if late.is_set():
            raise Retry(f"{peer} is too slow: not done in {WHOLE} timeouts", trouble=Trouble.CANNOT_CONNECT) from None
        raise
    finally:
        over.set()
