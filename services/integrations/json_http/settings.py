"""What an installer decides about one receiver of JSON over HTTP(S)."""

from __future__ import annotations

import base64
import binascii
import re
import ssl
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

PartName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]-]{1,64}$")]
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = {"host", "content-length", "content-type", "transfer-encoding", "connection"}


class Settings(BaseModel):
    """One receiver."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        title="Destination URL", description="Where events are posted, http:// or https://", max_length=2000
    )
    camera_id: str = Field(
        default="",
        title="Camera ID",
        description="Sent as sensorProviderID. Leave it empty when several cameras send here: each then sends its own",
        max_length=64,
    )
    lat: float | None = Field(default=None, title="Geo latitude", description="Degrees north", ge=-90, le=90)
    lon: float | None = Field(default=None, title="Geo longitude", description="Degrees east", ge=-180, le=180)
    picture: Literal["crop", "full"] = Field(
        default="crop", title="Send frame", description="The plate's crop or the full frame"
    )
    crop_format: Literal["png", "jpeg"] = Field(
        default="png", title="Format of the crop", description="A full frame is always JPEG"
    )
    body: Literal["multipart", "json_with_pictures", "json_only"] = Field(
        default="multipart",
        title="Body",
        description="Form with JSON and picture as files, JSON with the picture in base64, or JSON without picture",
    )
    event_part: PartName = Field(default="event", title="Name of the JSON part", description="Multipart only")
    image_part: PartName = Field(default="image", title="Name of the picture part", description="Multipart only")
    profile: Literal["example", "table"] = Field(
        default="example",
        title="Value types",
        description="As the guide's example (all strings) or as its table (numbers, and times in UTC)",
    )
    times: Literal["local", "utc"] = Field(
        default="local", title="Times", description="In the camera's time zone or in UTC"
    )
    auth: Literal["none", "basic", "digest", "bearer", "header"] = Field(
        default="none", title="Authentication", description="How we prove to the receiver who we are"
    )
    user: str = Field(default="", title="User", description="For Basic and Digest", max_length=200)
    password: SecretStr = Field(default=SecretStr(""), title="Password", description="For Basic and Digest")
    header_name: str = Field(default="", title="Header", description="Name of the header, such as X-Api-Key")
    token: SecretStr = Field(default=SecretStr(""), title="Token", description="For Bearer, or the header's value")
    ca: str = Field(
        default="",
        title="Own certificate authority",
        description="PEM text; used instead of the public authorities",
        max_length=100_000,
    )
    fingerprint: str = Field(
        default="",
        title="Pinned certificate",
        description="SHA-256 fingerprint of the receiver's certificate; exactly this one is accepted",
    )
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
        if name and (not _HEADER.fullmatch(name) or name.lower() in _OURS):
            raise ValueError("this cannot be the name of a header; it looks like X-Api-Key")
        return name

    @field_validator("token")
    @classmethod
    def _one_line(cls, token: SecretStr) -> SecretStr:
        if not token.get_secret_value().isascii() or not token.get_secret_value().isprintable():
            raise ValueError("the token has ASCII characters on one line")
        return token

    @field_validator("ca")
    @classmethod
    def _pem(cls, ca: str) -> str:
        if ca:
            try:
                ssl.create_default_context(cadata=ca)
            except ssl.SSLError:
                raise ValueError("this is no PEM certificate; it begins with -----BEGIN CERTIFICATE-----") from None
        return ca

    @field_validator("fingerprint")
    @classmethod
    def _sha256(cls, fingerprint: str) -> str:
        digits = re.sub(r"[:\s]", "", fingerprint).lower()
        if digits and not re.fullmatch(r"[0-9a-f]{64}", digits):
            raise ValueError("a SHA-256 fingerprint has 64 hexadecimal digits")
        return digits

    @field_validator("signing_secret")
    @classmethod
    def _standard_webhooks(cls, secret: SecretStr) -> SecretStr:
        if secret.get_secret_value() and not 24 <= len(signing_key(secret)) <= 64:
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


def signing_key(secret: SecretStr) -> bytes:
    """The bytes behind a `whsec_…` secret; empty when it is malformed."""
    try:
        return base64.b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""
