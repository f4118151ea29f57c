"""JSON over HTTP(S): posts each event as a JSON document with its picture to any web address."""

from __future__ import annotations

from services.integrations.json_http.deliver import check, deliver
from services.integrations.json_http.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="json_http",
    title="JSON over HTTP(S)",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=4,
)
