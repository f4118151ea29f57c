"""Webhook: a request of any shape to any web address, signed as Standard Webhooks."""

from __future__ import annotations

from services.integrations.webhook.deliver import check, deliver
from services.integrations.webhook.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="webhook",
    title="Webhook",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=4,
)
