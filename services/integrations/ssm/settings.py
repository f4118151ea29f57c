"""What an installer decides about one event source for SSM."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from services.integrations.ssm.profile import Profile, read_profile
from shared.certificates import Fingerprint

Channel = Annotated[int, Field(ge=0, le=63)]
SHORTEST_PASSWORD = 8


class Settings(BaseModel):
    """One camera, as SSM sees it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["stand_alone", "proxy"] = Field(
        default="stand_alone",
        title="Mode",
        description="A camera of its own without video, or in front of a real camera whose events get ours added",
    )
    listen_address: str = Field(
        default="0.0.0.0",
        title="Listen on address",
        description="Of this machine; 0.0.0.0 is every one, since SSM is on another machine",
    )
    port: int = Field(default=8090, title="Listen on port", description="The HTTP port to enter in SSM", ge=1, le=65535)
    user: str = Field(default="admin", title="User", description="With which SSM signs in here", max_length=64)
    password: SecretStr = Field(title="Password", description="At least 8 characters")
    guest_user: str = Field(
        default="", title="Guest", description="A second user, who may only read events; empty for none", max_length=64
    )
    guest_password: SecretStr = Field(
        default=SecretStr(""), title="Guest's password", description="At least 8 characters"
    )
    upstream_url: str = Field(
        default="", title="Camera", description="Proxy only: http://10.0.0.20 or https://10.0.0.20:443", max_length=300
    )
    upstream_user: str = Field(default="", title="Camera's user", description="An administrator", max_length=64)
    upstream_password: SecretStr = Field(
        default=SecretStr(""), title="Camera's password", description="Sent by Digest only"
    )
    upstream_fingerprint: Fingerprint = ""
    channel: Channel = Field(default=0, title="Channel", description="Of cameras that the next setting does not name")
    channels: dict[str, Channel] = Field(
        default={}, title="Channels by camera", description="Camera name and channel, counted from 0"
    )
    generation: Literal["profile", "gen1", "gen2", "both"] = Field(
        default="profile", title="Generation", description="Form of the events; profile takes it from the profile"
    )
    pulse: float = Field(
        default=2.0, title="Pulse", description="Seconds for which an event stays True after a plate", ge=0.1, le=60
    )
    keepalive: float = Field(
        default=30.0, title="Keep-alive", description="Seconds of silence until a status is repeated; 0 never", ge=0,
        le=600,
    )  # fmt: skip
    unheard: Literal["wait", "accept"] = Field(
        default="wait",
        title="When nobody listens",
        description="Plates wait for a consumer, or count as delivered with the state alone",
    )
    patience: float = Field(
        default=20.0, title="Patience", description="Seconds that one try waits for a consumer", ge=0, le=60
    )
    record: bool = Field(
        default=True, title="Record requests", description="Keeps what is asked here, for field captures; bounded"
    )
    profile: str = Field(
        default="",
        title="Profile",
        description="TOML or JSON that corrects names of the shipped profile; empty for none",
        max_length=20_000,
    )

    @property
    def names(self) -> Profile:
        """The profile with everything that these settings change in it."""
        profile = read_profile(self.profile)
        return profile if self.generation == "profile" else profile.model_copy(update={"generation": self.generation})

    @property
    def known_channels(self) -> dict[int, str]:
        """Every channel that exists, and the name of its camera where it has one."""
        return {self.channel: ""} | {channel: name for name, channel in self.channels.items()}

    @field_validator("listen_address")
    @classmethod
    def _address(cls, address: str) -> str:
        try:
            return str(ipaddress.ip_address(address))
        except ValueError:
            raise ValueError("enter an IP address of this machine, or 0.0.0.0 for all") from None

    @field_validator("user", "guest_user")
    @classmethod
    def _plain_user(cls, user: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_.@-]*", user):
            raise ValueError("a user's name has letters, digits and _ . @ - only")
        return user

    @field_validator("password")
    @classmethod
    def _long_enough(cls, password: SecretStr) -> SecretStr:
        if len(password.get_secret_value()) < SHORTEST_PASSWORD:
            raise ValueError(f"the password needs at least {SHORTEST_PASSWORD} characters")
        return password

    @field_validator("upstream_url")
    @classmethod
    def _camera(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii()):
            raise ValueError("the camera's address looks like http://10.0.0.20")
        if parts.username is not None or parts.query or parts.path not in ("", "/"):
            raise ValueError("the camera's address has no user, path or query")
        return url.rstrip("/")

    @field_validator("profile")
    @classmethod
    def _readable(cls, profile: str) -> str:
        read_profile(profile)
        return profile

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.user or self.user == self.guest_user:
            raise ValueError("the user needs a name, and the guest another")
        if self.guest_user and len(self.guest_password.get_secret_value()) < SHORTEST_PASSWORD:
            raise ValueError(f"the guest's password needs at least {SHORTEST_PASSWORD} characters")
        if self.mode == "proxy" and not (self.upstream_url and self.upstream_user):
            raise ValueError("a proxy needs the camera's address and user")
        if len(set(self.channels.values())) < len(self.channels):
            raise ValueError("two cameras have the same channel")
        return self
