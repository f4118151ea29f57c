"""Posts a delivery and says by its answer or error what the receiver made of it.

A try ends after its timeout as a whole, however slowly the receiver answers; redirects are never followed, proxies and
credentials from the environment never used. The certificate is checked before anything is sent.
"""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from services.integrations.json_http.message import build, sent_picture, signature
from services.integrations.json_http.settings import Settings
from shared.addresses import AddressRefused, Reach
from shared.clock import now
from shared.errors import Reject, Retry, Unauthorised
from shared.integration import Pictures, Receipt
from shared.messages import Delivery

ANSWER_LIMIT = 500
READ_LIMIT = 16_384
CHUNK = 65_536
TRY_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
NO_HEAD = {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says."""
    stored = None
    if settings.body != "json_only":
        stored = pictures.crop() if settings.picture == "crop" else pictures.frame()
    picture = sent_picture(delivery, stored, settings)
    uris = [url for url in (pictures.frame_url, pictures.crop_url) if url]
    body = build(delivery, picture, uris, settings)
    timestamp = str(int(now().timestamp()))
    headers = {
        "content-type": body.content_type,
        "webhook-id": str(delivery.delivery_id),
        "webhook-timestamp": timestamp,
    }
    if settings.signing_secret.get_secret_value():
        headers["webhook-signature"] = signature(settings, headers["webhook-id"], timestamp, body.content)
    return _judge(_exchange(settings, "POST", headers, body.content))


def check(settings: Settings) -> Receipt:
    """Asks for the URL's headers, which leaves no event behind; a receiver that knows only POST is fine too."""
    response = _exchange(settings, "HEAD", {}, b"")
    if response.status_code in NO_HEAD or response.status_code == HTTPStatus.BAD_REQUEST:
        return Receipt(response.status_code, "The receiver answers; whether it takes events shows with the first one")
    receipt = _judge(response)
    return Receipt(receipt.status, f"The receiver answers with status {receipt.status}")


def _exchange(settings: Settings, method: str, headers: dict[str, str], content: bytes) -> httpx.Response:
    common = {"user-agent": "Platewire", "accept": "*/*", "accept-encoding": "identity", "connection": "close"}
    request = httpx.Request(method, settings.url, headers=common | _own_header(settings) | headers, content=content)
    with httpx.Client(transport=_Transport(settings), trust_env=False, follow_redirects=False) as client:
        try:
            return client.send(request, auth=_auth(settings))
        except httpx.ProtocolError as error:
            raise Retry(f"The receiver's Digest challenge cannot be understood: {error}") from None


def _judge(response: httpx.Response) -> Receipt:
    """A 2xx is a receipt; everything else becomes the error that says what to do next."""
    status, text = response.status_code, response.text[:ANSWER_LIMIT]
    if response.is_success:
        return Receipt(status, text)
    if response.is_redirect:
        target = response.headers.get("location", "nowhere")[:200]
        raise Retry(f"The receiver redirects to {target}: enter that address if it is the right one", status=status)
    if status in TRY_AGAIN or response.is_server_error:
        said = f": {text}" if text else ""
        raise Retry(f"The receiver answers with status {status}{said}", _retry_after(response), status)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise Unauthorised(text or "the receiver gave no reason", status)
    raise Reject(text or "the receiver gave no reason", status)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds; the header holds them or a date (RFC 9110, 10.2.3)."""
    wish = response.headers.get("retry-after", "").strip()
    if wish.isdecimal():
        return float(wish)
    try:
        until: datetime = parsedate_to_datetime(wish)
        return max(0.0, (until - now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _own_header(settings: Settings) -> dict[str, str]:
    token = settings.token.get_secret_value()
    if settings.auth == "bearer":
        return {"authorization": f"Bearer {token}"}
    return {settings.header_name: token} if settings.auth == "header" else {}


@lru_cache(maxsize=256)
def _auth(settings: Settings) -> httpx.Auth | None:
    """Kept from delivery to delivery, so that a Digest nonce is used until the receiver wants another."""
    password = settings.password.get_secret_value()
    if settings.auth == "basic":
        return httpx.BasicAuth(settings.user, password)
    return httpx.DigestAuth(settings.user, password) if settings.auth == "digest" else None


@lru_cache(maxsize=256)
def _tls(ca: str, fingerprint: str) -> ssl.SSLContext:
    if fingerprint:
        return _pinned(fingerprint)
    return ssl.create_default_context(cadata=ca) if ca else httpx.create_ssl_context(trust_env=False)


def _pinned(fingerprint: str) -> ssl.SSLContext:
    """Accepts exactly one certificate, whoever issued it and whatever name it bears."""

    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            certificate = self.getpeercert(binary_form=True) or b""
            if hashlib.sha256(certificate).hexdigest() != fingerprint:
                raise ssl.SSLCertVerificationError("not the pinned certificate")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = PinnedSocket
    return context


class _Transport(httpx.BaseTransport):
    """One request on a connection of its own, under one deadline."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        reach = Reach.from_environment(allow_private=settings.allow_private)
        self._backend = _DeadlineBackend(time.monotonic() + settings.timeout, reach)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        peer = urlsplit(self._settings.url).netloc
        try:
            return self._once(request)
        except httpcore.TimeoutException:
            raise Retry(f"{peer} did not answer within {self._settings.timeout:g} seconds") from None
        except httpcore.ConnectError as error:
            raise Retry(_why_unreachable(peer, error)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Retry(f"{peer} broke off the connection ({type(error).__name__})") from None

    def _once(self, request: httpx.Request) -> httpx.Response:
        context = _tls(self._settings.ca, self._settings.fingerprint)
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        wanted = httpcore.Request(request.method, target, headers=request.headers.raw, content=request.read())
        with httpcore.ConnectionPool(ssl_context=context, network_backend=self._backend) as pool:
            answer = pool.handle_request(wanted)
            try:
                text = _beginning(answer)
            finally:
                answer.close()
        # What describes the body's transport is no longer true of the part that was read.
        told = ("content-encoding", "content-length", "transfer-encoding")
        headers = [(name, value) for name, value in answer.headers if name.decode("latin-1").lower() not in told]
        return httpx.Response(answer.status, headers=headers, content=text)


def _beginning(answer: httpcore.Response) -> bytes:
    text = b""
    for chunk in answer.iter_stream():
        text += chunk
        if len(text) >= READ_LIMIT:
            break
    return text


def _why_unreachable(peer: str, error: httpcore.ConnectError) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message if cause.args[1:] else str(cause.args[0])
        return f"The certificate of {peer} is not trusted ({why}): enter its authority or pin its fingerprint"
    if isinstance(cause, ssl.SSLError):
        return f"{peer} does not speak TLS as it should ({cause.reason}): is it http:// instead of https://?"
    if isinstance(cause, OSError) and cause.strerror:
        return f"{peer} cannot be reached: {cause.strerror}"
    return f"{peer} cannot be reached"


class _DeadlineBackend(httpcore.SyncBackend):
    """Opens connections, to addresses that were judged, of which every step must end before the deadline."""

    def __init__(self, deadline: float, reach: Reach) -> None:
        self._deadline, self._reach = deadline, reach

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        addresses = _judged(self._reach, host, port)
        for address in addresses:
            left = _left(self._deadline, httpcore.ConnectTimeout)
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except httpcore.ConnectError:
                if address == addresses[-1]:
                    raise
            else:
                return _DeadlineStream(stream, self._deadline)
        raise httpcore.ConnectError("no address")


def _judged(reach: Reach, host: str, port: int) -> list[str]:
    try:
        return reach.addresses(host, port)
    except AddressRefused as error:
        raise Reject(str(error)) from None
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error


class _DeadlineStream(httpcore.NetworkStream):
    """A stream that gives up at the deadline; httpcore's own timeouts begin anew with each byte."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for start in range(0, len(buffer), CHUNK):
            self._inner.write(buffer[start : start + CHUNK], _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = _left(self._deadline, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(deadline: float, expired: Callable[[str], Exception]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise expired("the time is up")
    return left
