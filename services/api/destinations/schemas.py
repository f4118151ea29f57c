"""Public JSON of destinations and of the integrations that they are of; secrets leave as a mask."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.asked import Asked, Name
from shared.errors import Trouble

SendOn = Literal["detect", "lost", "both"]


class DestinationIn(Asked):
    name: Name
    kind: str = Field(max_length=64, description="name of an integration, see /api/v1/integrations")
    settings: dict[str, Any] = Field(description="of the integration's settings schema")
    send_on: SendOn = "detect"
    enabled: bool = True


class DestinationPatch(Asked):
    """What is given replaces what is stored; what is absent stays. The kind stays for ever."""

    name: Name | None = None
    settings: dict[str, Any] | None = None
    send_on: SendOn | None = None
    enabled: bool | None = None


class DestinationOut(BaseModel):
    id: UUID
    name: str
    kind: str
    settings: dict[str, Any]
    send_on: SendOn
    enabled: bool
    revision: int
    failures_in_a_row: int
    open_until: datetime | None = Field(description="nothing is sent before; the destination failed too often")
    last_success_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    created_at: datetime


class Destinations(BaseModel):
    destinations: list[DestinationOut]


class IntegrationOut(BaseModel):
    name: str
    title: str
    version: str
    settings_schema: dict[str, Any] = Field(description="JSON Schema; secrets are writeOnly")
    broken: str = Field(description="why it cannot be used, empty when it can")


class Integrations(BaseModel):
    integrations: list[IntegrationOut]


class CheckResult(BaseModel):
    ok: bool
    kind: str = Field(description="the destination's integration")
    sentence: str = Field(description="what is wrong and what to do, or what answered")
    trouble: Trouble | Literal[""] = Field(description="what is wrong, in one word; empty when nothing is")
