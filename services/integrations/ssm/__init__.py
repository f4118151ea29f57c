"""SSM: is for Wisenet SSM and other consumers a camera whose app tells of plates as dynamic events."""

from __future__ import annotations

from services.integrations.ssm.deliver import check, deliver
from services.integrations.ssm.keep import keep
from services.integrations.ssm.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="ssm",
    title="Wisenet SSM (SUNAPI and ONVIF events)",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=1,
    keep=keep,
)
