"""Asks a Meta server, and says in words that a person can act on what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote, urlencode

import httpx

from services.integrations.numberok_meta.message import Body, Document
from services.integrations.numberok_meta.settings import Settings
from shared.addresses import Reach
from shared.certificates import Trust
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from shared.peer import Peer, judge
from shared.peer_http import PeerTransport

LIMIT = 8 * 1024 * 1024
"""Of one answer, in bytes: ten thousand entries of a list, or all pages of the longest."""
_NO_META = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}


class Server:
    """One server with its connections; for one thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.names = settings, settings.names
        reach = Reach.from_environment(allow_private=settings.allow_private)
        transport = PeerTransport(reach, settings.timeout, Trust(settings.ca, settings.fingerprint), kept=True)
        self._peer = Peer(transport, settings.timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._peer.close()

    def tell(self, method: str, path: str, document: Document) -> dict[str, Any]:
        """Sends a document; what the server answers to it. Raises as `judged`, and Reject for what is no JSON."""
        content = json.dumps(document).encode()
        return parsed(self.judged(self._send(method, path, {"content-type": "application/json"}, content)))

    def look(self, path: str, place: str = "", **parameters: str) -> dict[str, Any]:
        """Asks for a document; `place` fills the path's {list}. Raises as `tell`."""
        return parsed(self.judged(self._get(path, place, parameters)))

    def send(self, identity: str, body: Body) -> Receipt:
        """Sends an event. Raises as `judged`, and Retry while its source is not registered."""
        headers = {"content-type": body.content_type, self.names.event.identity: identity}
        answer = self._send(self.names.methods.events, self.names.paths.events, headers, body.content)
        if answer.status_code == HTTPStatus.CONFLICT:
            raise Retry(self._said(answer, "The server does not know this camera yet"), status=answer.status_code)
        return Receipt(answer.status_code, self.judged(answer).text[:500])

    def judged(self, answer: httpx.Response) -> httpx.Response:
        """The answer when it is a good one.

        Raises:
            Unauthorised: the server refuses the key, or what is asked with it.
            Reject: what answers there is no Meta server, or it refuses the request for good.
            Retry: the server is busy or in trouble.
        """
        status = answer.status_code
        if status == HTTPStatus.UNAUTHORIZED:
            raise Unauthorised("The server refuses the connection key: was it taken away, or has it expired?", status)
        if status == HTTPStatus.FORBIDDEN:
            raise Unauthorised(self._said(answer, "The key may not do this"), status, Trouble.RIGHTS)
        if status in _NO_META:
            where = answer.request.url.copy_with(query=None)
            raise Reject(f"No Meta server answers at {where}", status, Trouble.WRONG_DEVICE)
        judge(answer, "The server")
        return answer

    def _get(self, path: str, place: str, parameters: Mapping[str, str]) -> httpx.Response:
        asked = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
        return self._send("GET", path.replace("{list}", quote(place, safe="")) + asked, {}, None)

    def _send(self, method: str, path: str, headers: dict[str, str], content: bytes | None) -> httpx.Response:
        key = self.settings.connection_key.get_secret_value()
        own = {self.names.key.header.lower(): self.names.key.value.replace("{key}", key)}
        return self._peer.send(method, self.settings.url + path, own | headers, content, LIMIT)

    def _said(self, answer: httpx.Response, otherwise: str) -> str:
        """The server's own sentence, where it has one."""
        try:
            said = answer.json()[self.names.refusal.sentence]
        except (ValueError, KeyError, TypeError):
            return otherwise
        return str(said)[:300] or otherwise


def parsed(answer: httpx.Response) -> dict[str, Any]:
    """Raises Reject when the answer is no JSON object: something else answers there."""
    try:
        document = json.loads(answer.content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        where = answer.request.url.copy_with(query=None)
        raise Reject(f"What answers at {where} is no Meta server", answer.status_code, Trouble.WRONG_DEVICE)
    return document
