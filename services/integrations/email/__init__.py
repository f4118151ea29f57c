"""Email: a message with the vehicle's picture to one or more people, by SMTP."""

from __future__ import annotations

from services.integrations.email.deliver import check, deliver
from services.integrations.email.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="email",
    title="Email",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=1,
)
