"""HTTP with a device on the local network: one short request, no redirects, everything it says kept short."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from services.integrations.barrier.settings import Settings
from shared.addresses import Reach
from shared.certificates import Trust
from shared.peer import Peer
from shared.peer_http import PeerTransport


@dataclass(frozen=True)
class Device:
    """Where a device is and who we are to it."""

    base: str
    timeout: float
    trust: Trust
    auth: httpx.Auth | None = None

    def ask(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> httpx.Response:
        """`path` may be a whole address. Raises NotSent, Retry, Reject."""
        headers = {"content-type": content_type} if body is not None else {}
        transport = PeerTransport(Reach.from_environment(), self.timeout, self.trust)
        with Peer(transport, self.timeout, self.auth) as peer:
            return peer.send(method, path if "://" in path else self.base + path, headers, body)


def base(host: str, port: int, *, tls: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{name}" + (f":{port}" if port else "")


def device(settings: Settings, auth: httpx.Auth | None) -> Device:
    """The relay's device."""
    trust = Trust(settings.ca, settings.fingerprint)
    return Device(base(settings.host, settings.port, tls=settings.tls), settings.timeout, trust, auth)


def digest(user: str, password: str) -> httpx.Auth | None:
    """A fresh one for each order: a nonce that is kept would cost a wrong password two tries of the device's five."""
    return httpx.DigestAuth(user, password) if user or password else None
