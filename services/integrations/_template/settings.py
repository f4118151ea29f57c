"""What an installer decides about one such system."""

from __future__ import annotations

from pydantic import Field

from shared.web_receiver import WebReceiver
from shared.wording import HELP, Wording


class Settings(WebReceiver):
    """One receiver; address, credentials and certificates are those of every web receiver."""

    text: Wording = Field(
        default="{plate} at {camera}", title="Text", description=f"What is said; filled in: {HELP}", max_length=500
    )
