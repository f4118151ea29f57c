"""Notify: a message in Slack, Microsoft Teams, Telegram, ntfy or Discord, through the library Apprise."""

from __future__ import annotations

from services.integrations.notify.deliver import check, deliver
from services.integrations.notify.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="notify",
    title="Chats and phones",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
)
