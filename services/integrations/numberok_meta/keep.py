"""Registers this site's cameras, reports once a minute how they are doing, and pulls lists when the server has news."""

from __future__ import annotations

import time

from services.integrations.numberok_meta import sources
from services.integrations.numberok_meta.lists import pull
from services.integrations.numberok_meta.message import heartbeat, registration
from services.integrations.numberok_meta.server import Server
from services.integrations.numberok_meta.settings import Settings
from shared.clock import now
from shared.integration import Standing

LOOK = 2.0
"""Seconds between two looks at the cameras of this site."""
BEAT, SHORTEST, LONGEST = 60.0, 5.0, 600.0
"""Seconds between two heartbeats, unless the server wants others, and its bounds."""


def keep(standing: Standing, settings: Settings) -> None:
    """As shared.integration.Keep says."""
    with Server(settings) as server:
        watch = _Watch(standing, settings, server)
        watch.turn()
        while not standing.stopping.wait(LOOK):
            watch.turn()


class _Watch:
    """What the server was told, and what it has told."""

    def __init__(self, standing: Standing, settings: Settings, server: Server) -> None:
        self._standing, self._settings, self._server = standing, settings, server
        self._registered: sources.Cameras | None = None
        self._past: sources.Cameras = {}
        self._lists = ""
        self._next_beat = 0.0

    def turn(self) -> None:
        beats = time.monotonic() >= self._next_beat
        if beats:
            self._past = sources.past_cameras(self._standing)
        known = sources.all_cameras(self._standing, self._past)
        if known != self._registered:
            self._register(known)
        if beats:
            self._beat(known)

    def _register(self, known: sources.Cameras) -> None:
        names = self._server.names
        document = registration(list(known.values()), names)
        self._server.tell(names.methods.registration, names.paths.registration, document)
        self._registered = known

    def _beat(self, known: sources.Cameras) -> None:
        names = self._server.names
        document = heartbeat(sources.health(self._standing, known), now(), names)
        told = self._server.tell(names.methods.heartbeat, names.paths.heartbeat, document)
        self._next_beat = time.monotonic() + _seconds(told.get(names.beat.heartbeat))
        if told.get(names.beat.registered) is False:
            # Its database came from a backup, or somebody removed a camera there.
            self._registered = None
        lists = str(told.get(names.beat.lists, ""))
        if self._settings.lists and lists != self._lists:
            self._lists = lists if pull(self._standing, self._server) else ""


def _seconds(told: object) -> float:
    wanted = float(told) if isinstance(told, int | float) else BEAT
    return min(max(wanted, SHORTEST), LONGEST)
