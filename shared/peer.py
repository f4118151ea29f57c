"""One HTTP peer of an integration: asks it, and turns what goes wrong into the errors that a delivery knows."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from shared.addresses import AddressRefused
from shared.certificates import why_not_trusted
from shared.clock import now
from shared.errors import NotSent, Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from shared.peer_http import PeerTransport

ANSWER_LIMIT = 500
READ_LIMIT = 16_384
TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_COMMON = {"user-agent": "Platewire", "accept": "*/*", "accept-encoding": "identity"}
_OF_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Peer:
    """Sends requests, one at a time.

    Args:
        transport: decides what may be reached, whom to trust, and how long one request may take.
        timeout: seconds, the transport's; named in sentences.
        auth: how we prove who we are; keep it from Peer to Peer where a Digest nonce should last.
    """

    def __init__(self, transport: PeerTransport, timeout: float, auth: httpx.Auth | None = None) -> None:
        self._timeout = timeout
        self._client = httpx.Client(
            transport=transport, auth=auth, headers=_COMMON, timeout=None, trust_env=False, follow_redirects=False
        )

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        limit: int = READ_LIMIT,
    ) -> httpx.Response:
        """The peer's answer, whatever its status; of its body at most about `limit` bytes.

        Args:
            url: ready as it goes out: a space in a query is %20, since not every peer takes + for one.

        Raises:
            NotSent: no connection, a certificate that is not trusted.
            Retry: no answer in time, a connection that broke.
            Reject: an address that our requests never go to.
        """
        with self.stream(method, url, headers, content) as answer:
            body = _beginning(answer, limit)
        # What describes the body's transport is no longer true of the part that was read.
        told = [(name, value) for name, value in answer.headers.items() if name not in _OF_TRANSPORT]
        return httpx.Response(answer.status_code, headers=told, content=body, request=answer.request)

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        patience: float | None = None,
    ) -> Iterator[httpx.Response]:
        """As `send`, with the body still to be read by `iter_raw`; the time for it all is the transport's.

        Args:
            patience: seconds without anything to read after which httpx.ReadTimeout is raised.
        """
        timeout = httpx.Timeout(None, read=patience)
        request = self._client.build_request(method, url, headers=dict(headers or {}), content=content, timeout=timeout)
        with self._as_delivery_knows_it(urlsplit(url).netloc):
            answer = self._client.send(request, stream=True)
            try:
                yield answer
            finally:
                answer.close()

    @contextmanager
    def _as_delivery_knows_it(self, peer: str) -> Iterator[None]:
        peer = peer.rpartition("@")[2]
        try:
            yield
        except AddressRefused as error:
            raise Reject(str(error), trouble=Trouble.CANNOT_CONNECT) from None
        except httpx.ConnectTimeout:
            sentence = f"{peer} did not accept the connection within {self._timeout:g} seconds"
            raise NotSent(sentence, trouble=Trouble.CANNOT_CONNECT) from None
        except httpx.TimeoutException:
            sentence = f"{peer} did not answer within {self._timeout:g} seconds"
            raise Retry(sentence, trouble=Trouble.CANNOT_CONNECT) from None
        except httpx.ConnectError as error:
            raise _unreachable(peer, error) from None
        except httpx.NetworkError as error:
            raise _broken_off(peer, error) from None
        except httpx.ProtocolError as error:
            # httpx has no cause only for a challenge of its own Digest that it cannot read.
            if error.__cause__ is None:
                raise Retry(f"The Digest challenge of {peer} cannot be understood: {error}") from None
            raise _broken_off(peer, error) from None


def judge(answer: httpx.Response, who: str = "The receiver") -> Receipt:
    """A 2xx is a receipt; everything else becomes the error that says what to do next.

    Raises:
        Retry: the peer is busy, in trouble, or redirects.
        Unauthorised: it refuses the credentials or their rights.
        Reject: it refuses this request for good.
    """
    status, text = answer.status_code, answer.text[:ANSWER_LIMIT]
    if answer.is_success:
        return Receipt(status, text)
    if answer.is_redirect:
        target = answer.headers.get("location", "nowhere")[:200]
        raise Retry(f"{who} redirects to {target}: enter that address if it is the right one", status=status)
    if status in TRY_AGAIN or answer.is_server_error:
        said = f": {text}" if text else ""
        raise Retry(f"{who} answers with status {status}{said}", retry_after(answer), status)
    reason = text or f"{who.lower()} gave no reason"
    if status == HTTPStatus.UNAUTHORIZED:
        raise Unauthorised(reason, status)
    if status == HTTPStatus.FORBIDDEN:
        raise Unauthorised(reason, status, Trouble.RIGHTS)
    raise Reject(reason, status)


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds; the header holds them or a date (RFC 9110, 10.2.3)."""
    wish = answer.headers.get("retry-after", "").strip()
    if wish.isdecimal():
        return float(wish)
    try:
        until: datetime = parsedate_to_datetime(wish)
        return max(0.0, (until - now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _beginning(answer: httpx.Response, limit: int) -> bytes:
    body = b""
    for chunk in answer.iter_raw():
        body += chunk
        if len(body) >= limit:
            break
    return body


def _unreachable(peer: str, error: httpx.ConnectError) -> NotSent:
    cause = error.__cause__ and (error.__cause__.__cause__ or error.__cause__.__context__)
    if isinstance(cause, ssl.SSLError):
        sentence = why_not_trusted(cause, peer, "is it http:// instead of https://?")
        return NotSent(sentence, trouble=Trouble.CERTIFICATE)
    why = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""
    return NotSent(f"{peer} cannot be reached{why}", trouble=Trouble.CANNOT_CONNECT)


def _broken_off(peer: str, error: httpx.TransportError) -> Retry:
    sentence = f"{peer} broke off the connection ({type(error).__name__})"
    return Retry(sentence, trouble=Trouble.CANNOT_CONNECT)
