"""What an installer decides about one WAVE or Nx server."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from shared.certificates import Fingerprint, OwnAuthority
from shared.wording import HELP, Wording

Template = Annotated[Wording, Field(max_length=500)]


class Settings(BaseModel):
    """One server and what it is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(title="Wave IP", description="IP address or name of the server", min_length=1, max_length=255)
    port: int = Field(default=7001, title="Port", description="Of the server, for HTTPS and HTTP", ge=1, le=65535)
    user: str = Field(
        title="Wave user", description="A local or LDAP user that may manage bookmarks", min_length=1, max_length=200
    )
    password: SecretStr = Field(title="Wave password", description="Of this user", min_length=1)
    sign_in: Literal["auto", "session", "digest"] = Field(
        default="auto",
        title="Sign-in",
        description="Automatic: Digest up to version 4, a session since 5, or what the server offers this user",
    )
    https: bool = Field(
        default=True, title="HTTPS", description="Off only where the server forces no encryption and the net is yours"
    )
    verify: bool = Field(
        default=True,
        title="Check the certificate",
        description="Servers make their own certificate: pin it, enter its authority, or switch the check off",
    )
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    cameras: dict[str, str] = Field(
        default={},
        title="Cameras",
        description="Camera name here, and the server's device: its id, MAC, IP address, logical id or name."
        " Others are found by IP address, sensor ID or name",
    )
    bookmarks: bool = Field(default=True, title="Bookmarks", description="One for each vehicle, on its camera")
    name: Template = Field(default="{plate}", title="Bookmark's name", description=f"Filled in: {HELP}")
    description: Template = Field(
        default="{list}; {country}; {direction}; confidence {confidence}",
        title="Bookmark's description",
        description="As for the name; a part between semicolons whose fields are all empty is left out",
    )
    tags: tuple[Annotated[Wording, Field(max_length=100)], ...] = Field(
        default=("ANPR", "{plate}", "{list}"),
        title="Tags",
        description="As for the name; {list} alone becomes a tag for each list",
        max_length=20,
    )
    pre_roll: float = Field(
        default=2.0, title="Pre-roll", description="Seconds before the vehicle was first seen", ge=0, le=60
    )
    duration: float = Field(
        default=5.0, title="Duration", description="Seconds at least, pre-roll included", ge=1, le=600
    )
    longest: float = Field(
        default=60.0, title="Longest", description="Seconds at most, however long the vehicle stays", ge=1, le=86_400
    )
    events: bool = Field(
        default=True, title="Generic events", description="For the server's own rules, one at each moment that is told"
    )
    event_source: Template = Field(
        default="ANPR {camera}",
        title="Event's source",
        description="What the server's rules can ask for; as for the name",
    )
    event_caption: Template = Field(default="{plate}", title="Event's caption", description="As for the name")
    event_description: Template = Field(
        default="{list}; {direction}; {moment}", title="Event's description", description="As for the bookmark's"
    )
    timeout: float = Field(default=10.0, title="Timeout", description="Seconds for one request", ge=1, le=20)
    allow_private: bool = Field(
        default=True,
        title="Private addresses",
        description="Whether the server may be on a private network; off where it is on the internet",
    )

    @field_validator("host")
    @classmethod
    def _plain_host(cls, host: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._:-]+", host):
            raise ValueError("the address is an IP address or a host name, without scheme and port")
        return host

    @field_validator("user")
    @classmethod
    def _user(cls, user: str) -> str:
        if not user.isprintable() or ":" in user:
            raise ValueError("a user's name has no colon and no control characters")
        return user

    @field_validator("cameras")
    @classmethod
    def _named_devices(cls, cameras: dict[str, str]) -> dict[str, str]:
        if empty := [name for name, device in cameras.items() if not device.strip()]:
            raise ValueError(f"enter the server's device for {empty[0]}")
        return cameras

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        if not self.bookmarks and not self.events:
            raise ValueError("switch on bookmarks, generic events or both")
        if self.longest < self.duration:
            raise ValueError("the longest bookmark lasts at least as long as the duration")
        return self

    @property
    def base(self) -> str:
        """Where every request goes, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.https else 'http'}://{host}:{self.port}"
