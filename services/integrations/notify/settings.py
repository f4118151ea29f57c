"""What somebody decides about messages to one chat: which service, and what is said."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from services.integrations.notify.presets import AnyPreset
from shared.certificates import Fingerprint, OwnAuthority
from shared.wording import HELP, Wording


class Settings(BaseModel):
    """One chat."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: AnyPreset = Field(
        title="Service", description="Where the message goes, and how we prove who we are", discriminator="preset"
    )
    title: Wording = Field(
        default="{plate} at {camera}", title="Title", description=f"Filled in: {HELP}", max_length=200
    )
    text: Wording = Field(
        default="{plate} {country}\n{camera}, {time}, {direction}\nLists: {list}",
        title="Text",
        description=f"Filled in: {HELP}",
        min_length=1,
        max_length=2000,
    )
    picture: bool = Field(
        default=True, title="Send the picture", description="The plate's crop, where the service takes pictures"
    )
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    timeout: float = Field(
        default=15.0, title="Timeout", description="Seconds for each request; a try has up to four", ge=1, le=20
    )
    allow_private: bool = Field(
        default=True,
        title="Private addresses",
        description="Whether the service may be on a private network; off where it is on the internet",
    )
