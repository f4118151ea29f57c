"""What an administrator decides about one log server."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.certificates import Fingerprint, OwnAuthority
from shared.wording import HELP, Wording


class Settings(BaseModel):
    """One log server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(title="Address", description="IP address or name of the log server", min_length=1, max_length=255)
    port: int = Field(default=514, title="Port", description="514; with TLS usually 6514", ge=1, le=65535)
    transport: Literal["udp", "tcp", "tls"] = Field(
        default="tcp", title="Transport", description="UDP loses what the network loses, and nobody notices"
    )
    framing: Literal["counted", "line"] = Field(
        default="counted", title="Framing", description="Over TCP and TLS: length first (RFC 5425), or a line end after"
    )
    form: Literal["cef", "json", "text"] = Field(
        default="cef", title="Form", description="Common Event Format, the event as JSON, or the text below"
    )
    text: Wording = Field(
        default="{plate} {country} at {camera}, {direction}, list {list}",
        title="Text",
        description=f"Of the form text; filled in: {HELP}",
        max_length=1000,
    )
    facility: Literal[
        "user", "daemon", "auth", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"
    ] = Field(default="local0", title="Facility", description="Of all messages")
    severity: Literal["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"] = Field(
        default="informational",
        title="Severity",
        description="Of vehicles; those on a black list are one of warning",
    )
    app_name: str = Field(
        default="platewire", title="Application", description="Name in the header", pattern=r"^[!-~]{1,48}$"
    )
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    timeout: float = Field(default=5.0, title="Timeout", description="Seconds that one try may take", ge=0.5, le=60)
    allow_private: bool = Field(
        default=True, title="Private addresses", description="Whether the server may be on a private network"
    )
