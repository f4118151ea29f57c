"""HTTP with an outside system: judged addresses, one deadline for all of a request, and errors that say what to do.

The connection goes to an address that was judged (shared/addresses.py), while certificates are checked for the name.
Redirects are never followed; proxies and credentials of the environment are never used.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from shared.addresses import Reach
from shared.certificates import Trust, tls_context

CHUNK = 65_536


class PeerTransport(httpx.BaseTransport):
    """Sends one request at a time; whatever happens, `timeout` seconds after its start a request is over.

    Args:
        kept: connections stay open between requests; each request still gets the whole time.

    Raises:
        AddressRefused: from requests, for an address that ours never go to.
        httpx.TransportError: the usual ones.
    """

    def __init__(self, reach: Reach, timeout: float, trust: Trust | None = None, *, kept: bool = False) -> None:
        self._deadline = _Deadline(timeout)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls_context(trust or Trust()),
            max_keepalive_connections=4 if kept else 0,
            network_backend=_JudgingBackend(self._deadline, reach),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx wants it; the body is read by whoever asked."""
        self._deadline.begin()
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        assert isinstance(request.stream, httpx.SyncByteStream)
        wanted = httpcore.Request(
            request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        with _as_httpx(request):
            answer = self._pool.handle_request(wanted)
        body = _Body(answer, request)
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, request: httpx.Request) -> None:
        self._answer, self._request = answer, request

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(self._request):
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Errors of the one library become those of the other, which bear the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error), request=request) from error


class _Deadline:
    """When the request under way must be over."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._at = seconds, 0.0

    def begin(self) -> None:
        self._at = time.monotonic() + self._seconds

    def left(self, step: float | None, expired: Callable[[str], Exception]) -> float:
        """Seconds for a step that may itself take `step`; raises when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise expired("the time is up")
        return left if step is None else min(left, step)


class _JudgingBackend(httpcore.SyncBackend):
    """Opens connections to addresses that were judged; every step of them must end before the deadline."""

    def __init__(self, deadline: _Deadline, reach: Reach) -> None:
        self._deadline, self._reach = deadline, reach

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        addresses = self._judged(host, port)
        for address in addresses:
            left = self._deadline.left(timeout, httpcore.ConnectTimeout)
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except httpcore.ConnectError:
                if address == addresses[-1]:
                    raise
            else:
                return _DeadlineStream(stream, self._deadline)
        raise httpcore.ConnectError("no address")

    def _judged(self, host: str, port: int) -> list[str]:
        try:
            return self._reach.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class _DeadlineStream(httpcore.NetworkStream):
    """A stream that gives up at the deadline; httpcore's own timeouts begin anew with each byte."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), CHUNK):
            left = self._deadline.left(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + CHUNK], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
