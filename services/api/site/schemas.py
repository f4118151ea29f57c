"""Public JSON of the site's settings."""

from __future__ import annotations

from pydantic import BaseModel, Field

from services.api.asked import Asked, Note, SiteTitle
from shared.schedules import ZoneName


class SiteOut(BaseModel):
    name: str = Field(description="what people call the site; empty when nobody named it")
    timezone: str = Field(description="IANA time zone by whose clocks schedules and days are meant")
    barriers_locked: bool = Field(description="while true, no rule opens a barrier")
    barriers_reason: str = Field(description="why they were locked, or let open again")


class SitePatch(Asked):
    """What is given replaces what is stored; what is absent stays."""

    name: SiteTitle | None = None
    timezone: ZoneName | None = None


class BarrierLock(Asked):
    locked: bool
    reason: Note = ""
