"""Template title: what it speaks to, in one line."""

from __future__ import annotations

from services.integrations._template.deliver import check, deliver
from services.integrations._template.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="_template",
    title="Template title",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=1,
)
