"""A web address that somebody typed as the place to send to: its settings, and one signed request to it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, Self
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from shared.addresses import Reach
from shared.certificates import Fingerprint, OwnAuthority, Trust
from shared.clock import now
from shared.messages import Delivery
from shared.peer import Peer
from shared.peer_http import PeerTransport

HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})


class WebReceiver(BaseModel):
    """Where to, who we are, whom to trust, and how long a try may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(title="Destination URL", description="Where events are sent, http:// or https://", max_length=2000)
    auth: Literal["none", "basic", "digest", "bearer", "header"] = Field(
        default="none", title="Authentication", description="How we prove to the receiver who we are"
    )
    user: str = Field(default="", title="User", description="For Basic and Digest", max_length=200)
    password: SecretStr = Field(default=SecretStr(""), title="Password", description="For Basic and Digest")
    header_name: str = Field(default="", title="Header", description="Name of the header, such as X-Api-Key")
    token: SecretStr = Field(default=SecretStr(""), title="Token", description="For Bearer, or the header's value")
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    signing_secret: SecretStr = Field(
        default=SecretStr(""),
        title="Signing secret",
        description="whsec_ and base64 of 24 to 64 bytes; adds a Standard Webhooks signature",
    )
    timeout: float = Field(
        default=15.0, title="Timeout", description="Seconds that one try may take in all", ge=1, le=60
    )
    allow_private: bool = Field(
        default=True,
        title="Private addresses",
        description="Whether the receiver may be on a private network; off where it is on the internet",
    )

    @field_validator("url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or not url.isprintable():
            raise ValueError("the URL looks like https://receiver.example/events")
        if parts.username is not None:
            raise ValueError("user and password have their own fields, they do not belong in the URL")
        return url

    @field_validator("header_name")
    @classmethod
    def _header(cls, name: str) -> str:
        if name and (not HEADER.fullmatch(name) or name.lower() in OURS):
            raise ValueError("this cannot be the name of a header; it looks like X-Api-Key")
        return name

    @field_validator("token")
    @classmethod
    def _one_line(cls, token: SecretStr) -> SecretStr:
        if not token.get_secret_value().isascii() or not token.get_secret_value().isprintable():
            raise ValueError("the token has ASCII characters on one line")
        return token

    @field_validator("signing_secret")
    @classmethod
    def _standard_webhooks(cls, secret: SecretStr) -> SecretStr:
        if secret.get_secret_value() and not 24 <= len(_key(secret)) <= 64:
            raise ValueError("a signing secret is whsec_ and base64 of 24 to 64 bytes")
        return secret

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.auth in ("basic", "digest") and not self.user:
            raise ValueError(f"{self.auth} authentication needs a user")
        if self.auth in ("bearer", "header") and not self.token.get_secret_value():
            raise ValueError(f"{self.auth} authentication needs a token")
        if self.auth == "header" and not self.header_name:
            raise ValueError("header authentication needs the header's name")
        return self


def ask(receiver: WebReceiver, method: str, headers: Mapping[str, str], content: bytes) -> httpx.Response:
    """One request on a connection of its own, under one deadline. Raises Retry, Reject."""
    reach = Reach.from_environment(allow_private=receiver.allow_private)
    transport = PeerTransport(reach, receiver.timeout, Trust(receiver.ca, receiver.fingerprint))
    with Peer(transport, receiver.timeout, _auth(receiver)) as peer:
        common = {"connection": "close"} | _own_header(receiver)
        return peer.send(method, receiver.url, common | dict(headers), content)


def identity(receiver: WebReceiver, delivery: Delivery, content: bytes) -> dict[str, str]:
    """The headers by which a receiver knows a delivery again and, with a signing secret, that it is ours."""
    timestamp = str(int(now().timestamp()))
    headers = {"webhook-id": str(delivery.delivery_id), "webhook-timestamp": timestamp}
    if receiver.signing_secret.get_secret_value():
        headers["webhook-signature"] = signature(receiver, headers["webhook-id"], timestamp, content)
    return headers


def signature(receiver: WebReceiver, delivery_id: str, timestamp: str, content: bytes) -> str:
    """Standard Webhooks (spec/standard-webhooks.md): `v1,` and HMAC-SHA256 of id.timestamp.body in base64."""
    signed = f"{delivery_id}.{timestamp}.".encode() + content
    digest = hmac.new(_key(receiver.signing_secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _key(secret: SecretStr) -> bytes:
    """The bytes behind a `whsec_…` secret; empty when it is malformed."""
    try:
        return base64.b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _own_header(receiver: WebReceiver) -> dict[str, str]:
    token = receiver.token.get_secret_value()
    if receiver.auth == "bearer":
        return {"authorization": f"Bearer {token}"}
    return {receiver.header_name: token} if receiver.auth == "header" else {}


def _auth(receiver: WebReceiver) -> httpx.Auth | None:
    """Kept from delivery to delivery, so that a Digest nonce is used until the receiver wants another."""
    if receiver.auth not in ("basic", "digest"):
        return None
    return _kept(receiver.url, receiver.auth, receiver.user, receiver.password.get_secret_value())


@lru_cache(maxsize=256)
def _kept(_url: str, kind: str, user: str, password: str) -> httpx.Auth:
    return httpx.BasicAuth(user, password) if kind == "basic" else httpx.DigestAuth(user, password)
