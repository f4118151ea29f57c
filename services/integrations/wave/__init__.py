"""WAVE: plates become bookmarks and generic events in Hanwha WAVE, Nx Witness and Nx Meta."""

from __future__ import annotations

from services.integrations.wave.deliver import check, deliver, keep
from services.integrations.wave.settings import Settings
from shared.integration import Integration

integration = Integration(
    name="wave",
    title="Hanwha WAVE, Nx Witness, Nx Meta",
    version="1.0",
    settings=Settings,
    deliver=deliver,
    check=check,
    # Two, so that a delivery that waits for its next try is passed by: in a system of several servers one may be away
    # with its cameras only. They take turns at one session.
    lanes=2,
    keep=keep,
)
