"""What an installer decides about one Meta server."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from services.integrations.numberok_meta.profile import Profile, read_profile
from shared.certificates import Fingerprint, OwnAuthority


class Settings(BaseModel):
    """One server, and what goes there and comes from there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(title="Server", description="Address of the Meta server, such as https://head.example")
    connection_key: SecretStr = Field(
        title="Connection key", description="44 hexadecimal digits, which the server showed when this site was added"
    )
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    pictures: Literal["both", "frame", "crop", "none"] = Field(
        default="both", title="Pictures", description="What is sent with an event: the full frame, the plate's crop"
    )
    lists: bool = Field(
        default=True, title="Take lists", description="Keep the lists that the server grants to this site up to date"
    )
    timeout: float = Field(
        default=20.0, title="Timeout", description="Seconds that one request may take in all", ge=1, le=60
    )
    allow_private: bool = Field(
        default=True,
        title="Private addresses",
        description="Whether the server may be on a private network; off where it is on the internet",
    )
    profile: str = Field(
        default="",
        title="Profile",
        description="TOML that corrects names of the protocol for another maker's server; empty for none",
        max_length=20_000,
    )

    @property
    def names(self) -> Profile:
        return read_profile(self.profile)

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        plain = url.isascii() and url.isprintable() and " " not in url
        if parts.scheme not in ("http", "https") or not parts.hostname or not plain or len(url) > 300:
            raise ValueError("the server's address looks like https://head.example")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("the server's address has no user, query or fragment")
        return url.rstrip("/")

    @field_validator("connection_key")
    @classmethod
    def _digits(cls, key: SecretStr) -> SecretStr:
        digits = re.sub(r"[\s-]", "", key.get_secret_value()).upper()
        if not re.fullmatch(r"[0-9A-F]{44}", digits):
            raise ValueError("a connection key has 44 hexadecimal digits")
        return SecretStr(digits)

    @field_validator("profile")
    @classmethod
    def _readable(cls, profile: str) -> str:
        read_profile(profile)
        return profile
