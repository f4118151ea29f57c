"""SD card: keeps events with their pictures on a removable or mounted volume that can be read without Platewire."""

from __future__ import annotations

from services.integrations.sd_card.deliver import check, deliver
from services.integrations.sd_card.pages import keep
from services.integrations.sd_card.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="sd_card",
    title="SD card",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=1,
    keep=keep,
)
