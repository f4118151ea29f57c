"""Syslog: tells a log server or SIEM of each event, as CEF, JSON or text."""

from __future__ import annotations

from services.integrations.syslog.deliver import check, deliver
from services.integrations.syslog.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="syslog",
    title="Syslog / CEF",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    lanes=1,
)
