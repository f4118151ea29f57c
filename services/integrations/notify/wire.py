"""How Apprise's plug-ins reach the network: through our own peer, by standing where they say `requests`.

So judged addresses, one deadline for a request, own or pinned certificates and no redirects hold for them too, and an
answer becomes the error that a delivery knows instead of a line in a log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
from apprise.plugins import discord, ntfy, slack, telegram, workflows

from shared.peer import Peer

_OURS = frozenset({"content-length", "host", "connection", "accept-encoding"})
# It logs addresses that hold credentials; what it has to say, our errors say.
logging.getLogger("apprise").disabled = True


@dataclass(frozen=True)
class Answer:
    """What a plug-in looks at. Without headers: by Discord's it would sleep until the limit is over."""

    status_code: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Wire:
    """The requests of one try.

    Args:
        judge: raises for an answer that is none that the service gives to what it took.
        home: scheme, name and port that the credentials are for.
    """

    def __init__(self, peer: Peer, judge: Callable[[httpx.Response], None], home: str) -> None:
        self._peer, self._judge, self._home = peer, judge, home
        self.taken: list[Answer] = []
        """What the service took so far."""

    def ask(self, method: str, url: str, **given: Any) -> Answer:
        """Sends what the library would send, byte for byte. Raises Retry, Unauthorised, Reject."""
        ready = requests.Request(method.upper(), url, **given).prepare()
        headers = {name: str(value) for name, value in ready.headers.items() if name.lower() not in _OURS}
        target = urlsplit(ready.url or "")
        if f"{target.scheme}://{target.netloc}".lower() != self._home.lower():
            # Slack says where to upload a picture; that address is its own credential.
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        content = ready.body.encode() if isinstance(ready.body, str) else ready.body
        assert content is None or isinstance(content, bytes), "a plug-in streams nothing"
        answer = self._peer.send(ready.method or method, ready.url or url, headers, content)
        self._judge(answer)
        taken = Answer(answer.status_code, answer.content)
        self.taken.append(taken)
        return taken


_wire: ContextVar[Wire] = ContextVar("wire")


@contextmanager
def through(wire: Wire) -> Iterator[Wire]:
    """What plug-ins ask in this thread goes through this wire."""
    token = _wire.set(wire)
    try:
        yield wire
    finally:
        _wire.reset(token)


class _Requests:
    """The names of the library that plug-ins use. Theirs of time, trust and redirects are not heeded."""

    codes = requests.codes
    RequestException = requests.RequestException

    def request(self, method: str, url: str, **given: Any) -> Answer:
        kept = {name: value for name, value in given.items() if name in _HEEDED}
        return _wire.get().ask(method, url, **kept)

    def get(self, url: str, **given: Any) -> Answer:
        return self.request("GET", url, **given)

    def post(self, url: str, **given: Any) -> Answer:
        return self.request("POST", url, **given)


_HEEDED = frozenset({"params", "data", "headers", "files", "auth"})
for _module in (discord, ntfy, slack, telegram, workflows):
    vars(_module)["requests"] = _Requests()
