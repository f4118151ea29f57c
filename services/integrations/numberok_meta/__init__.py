"""NumberOk Meta: registers this site's cameras at a Meta server, sends it every event and takes its lists."""

from __future__ import annotations

from services.integrations.numberok_meta.deliver import check, deliver
from services.integrations.numberok_meta.keep import keep
from services.integrations.numberok_meta.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="numberok_meta",
    title="NumberOk Meta",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=1,
    keep=keep,
)
