"""Barrier: opens gates and barriers by a relay, each order at most once and never late."""

from __future__ import annotations

from services.integrations.barrier.deliver import check, deliver
from services.integrations.barrier.drive import drive, keep, terms, watch
from services.integrations.barrier.settings import Settings
from shared.integration import Commands, Integration

integration = Integration(
    name="barrier",
    title="Barrier",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    live=True,
    keep=keep,
    commands=Commands(drive, terms, watch),
)
