"""NVR text: shows plates over the video of a Hanwha/Wisenet recorder through its text device ports."""

from __future__ import annotations

from services.integrations.nvr_text.deliver import check, deliver
from services.integrations.nvr_text.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="nvr_text",
    title="NVR text device",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=1,
)
