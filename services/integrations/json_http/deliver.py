"""Posts a delivery and says by its answer or error what the receiver made of it.

A try ends after its timeout as a whole, however slowly the receiver answers.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

import httpx

from services.integrations.json_http.message import build, sent_picture, signature
from services.integrations.json_http.settings import Settings
from shared.addresses import Reach
from shared.clock import now
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer import Peer, judge
from shared.peer_http import PeerTransport, Trust

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
    return judge(_exchange(settings, "POST", headers, body.content))


def check(settings: Settings) -> Receipt:
    """Asks for the URL's headers, which leaves no event behind; a receiver that knows only POST is fine too."""
    response = _exchange(settings, "HEAD", {}, b"")
    if response.status_code in NO_HEAD or response.status_code == HTTPStatus.BAD_REQUEST:
        return Receipt(response.status_code, "The receiver answers; whether it takes events shows with the first one")
    receipt = judge(response)
    return Receipt(receipt.status, f"The receiver answers with status {receipt.status}")


def _exchange(settings: Settings, method: str, headers: dict[str, str], content: bytes) -> httpx.Response:
    reach = Reach.from_environment(allow_private=settings.allow_private)
    transport = PeerTransport(reach, settings.timeout, Trust(settings.ca, settings.fingerprint))
    with Peer(transport, settings.timeout, _auth(settings)) as receiver:
        common = {"connection": "close"} | _own_header(settings)
        return receiver.send(method, settings.url, common | headers, content)


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
