"""MQTT: each event as messages on topics of its camera, which Home Assistant finds by itself."""

from __future__ import annotations

from services.integrations.mqtt.deliver import check, deliver
from services.integrations.mqtt.keep import keep
from services.integrations.mqtt.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="mqtt",
    title="MQTT and Home Assistant",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    keep=keep,
)
