"""The one real camera behind a proxy: asked in its own name and with its own credentials, and nothing else is.

Each consumer's connection has a session of its own, since some cameras bind a Digest nonce to a connection.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from services.integrations.ssm.settings import Settings
from services.integrations.ssm.wire import Request, header_pairs
from shared.addresses import AddressRefused, Reach
from shared.certificates import Trust
from shared.clock import now
from shared.peer_http import PeerTransport

LONGEST_STREAM = 86_400.0
BARRED = 60.0
"""Seconds without a request after the camera refused our password: five tries would block its user."""
SILENCE = 330.0
"""Seconds without a byte after which a camera's stream is given up; cameras are silent for minutes."""
LARGEST_DOCUMENT = 4 * 1024 * 1024
REFUSED = "The camera refuses the user or password that is set for it, so it is asked only once a minute"
CHALLENGE = "www-authenticate"
_NOT_PASSED = frozenset({"host", "authorization", "content-length", "accept-encoding"})
_NOT_PASSED_BACK = frozenset({"www-authenticate", "content-length", "content-encoding", "server"})


class CameraAway(Exception):
    """The camera cannot be asked; one sentence for a person."""


@dataclass
class Upstream:
    """What is known of the camera, and how to ask it."""

    settings: Settings
    trouble: str = ""
    answered_at: datetime | None = None
    _barred_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def session(self) -> Session:
        return Session(self)

    def note(self, trouble: str) -> None:
        """Remembers how the last request went; empty is well."""
        with self._lock:
            self.trouble = trouble
            if not trouble:
                self.answered_at = now()

    def bar(self) -> None:
        """The password is wrong: the camera is left alone for a while."""
        self._barred_until = time.monotonic() + BARRED

    @property
    def barred(self) -> bool:
        return time.monotonic() < self._barred_until


class Session:
    """Asks the camera, one request at a time."""

    def __init__(self, upstream: Upstream) -> None:
        settings = upstream.settings
        self._upstream = upstream
        auth = httpx.DigestAuth(settings.upstream_user, settings.upstream_password.get_secret_value())
        trust = Trust(fingerprint=settings.upstream_fingerprint)
        transport = PeerTransport(Reach.from_environment(), LONGEST_STREAM, trust, kept=True)
        times = httpx.Timeout(10.0, connect=4.0)
        self._client = httpx.Client(
            transport=transport, auth=auth, timeout=times, trust_env=False, follow_redirects=False,
            headers={"accept-encoding": "identity", "user-agent": "Platewire"},
        )  # fmt: skip

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def ask(self, request: Request, *, silence: float = 60.0) -> Iterator[httpx.Response]:
        """Passes a request on; the body is read inside.

        Args:
            silence: seconds in which nothing may come from the camera.

        Raises:
            CameraAway: no answer, or none that may be passed back.
        """
        if self._upstream.barred:
            raise CameraAway(REFUSED)
        settings = self._upstream.settings
        headers = header_pairs(request.headers, _NOT_PASSED)
        url = settings.upstream_url + request.target
        times = httpx.Timeout(10.0, connect=4.0, read=silence)
        with self._as_away():
            passed = self._client.build_request(
                request.method, url, headers=headers, content=request.body or None, timeout=times
            )
            answer = self._client.send(passed, stream=True)
            if answer.status_code == httpx.codes.UNAUTHORIZED and "stale=true" in answer.headers.get(
                "www-authenticate", ""
            ):
                answer.close()
                answer = self._client.send(passed, stream=True)
            try:
                self._judge(answer)
                yield answer
            finally:
                answer.close()

    def document(self, request: Request) -> httpx.Response:
        """A whole answer. Raises CameraAway, also when it is too large."""
        with self.ask(request, silence=10.0) as answer:
            body = bytearray()
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > LARGEST_DOCUMENT:
                    raise CameraAway("The camera's answer is too large")
            told = header_pairs(answer.headers.multi_items(), _NOT_PASSED_BACK)
            return httpx.Response(answer.status_code, headers=told, content=bytes(body))

    def _judge(self, answer: httpx.Response) -> None:
        """Our credentials at the camera are no business of the consumer's, so a 401 is not passed back."""
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._upstream.bar()
            raise CameraAway(REFUSED)
        if answer.status_code in (490, 491):
            self._upstream.bar()
            raise CameraAway(f"The camera has blocked the user that is set for it (status {answer.status_code})")
        self._upstream.note("")

    @contextmanager
    def _as_away(self) -> Iterator[None]:
        try:
            yield
        except AddressRefused as error:
            raise CameraAway(str(error)) from None
        except httpx.TransportError as error:
            host = self._upstream.settings.upstream_url.partition("://")[2]
            raise CameraAway(f"The camera {host} does not answer ({_words(error)})") from None


def returned_headers(answer: httpx.Response) -> list[tuple[str, str]]:
    """The camera's headers that a consumer gets."""
    return header_pairs(answer.headers.multi_items(), _NOT_PASSED_BACK | {"content-type"})


def cut(answer: httpx.Response) -> None:
    """Ends a stream under the thread that reads it."""
    stream = answer.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream else None
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _words(error: httpx.TransportError) -> str:
    cause = error.__cause__ and (error.__cause__.__cause__ or error.__cause__.__context__)
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return "no answer in time" if isinstance(error, httpx.TimeoutException) else type(error).__name__
