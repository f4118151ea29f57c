"""What the parent tells others through Redis: which cameras there are, which are paused or hang, and how it fares."""

from __future__ import annotations

import logging
import shutil
import socket
import threading
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from services.capture.fleet import SILENT_SECONDS, Fleet
from services.capture.ledger import ledger_path
from services.capture.roster import Listed, Roster
from shared import streams
from shared.clock import now
from shared.process import Stop
from shared.settings import Settings
from shared.status import CameraState, CameraStatus, ServiceStatus, report_camera, report_service

logger = logging.getLogger(__name__)

REPORT_SECONDS = 1.0


class Reporter:
    """Tells once a second, in a thread of its own."""

    def __init__(self, settings: Settings, roster: Roster, fleet: Fleet, stop: Stop) -> None:
        self._settings, self._roster, self._fleet, self._stop = settings, roster, fleet, stop
        self._events = streams.connect(settings.redis_events_url)
        self._frames = streams.connect(settings.redis_frames_url)
        self._away = False

    def follow(self) -> None:
        threading.Thread(target=self._follow, name="reporter", daemon=True).start()

    def tell(self) -> None:
        """Everything once; while Redis is away nothing is told."""
        cameras = self._roster.cameras
        try:
            self._tell_service()
            if cameras is not None:
                self._tell_states(cameras)
                self._announce(cameras)
        except RedisError as error:
            if not self._away:
                logger.warning("redis is away, nothing is reported", extra={"reason": type(error).__name__})
            self._away = True
            return
        self._away = False

    def _follow(self) -> None:
        while not self._stop.wait(REPORT_SECONDS):
            self.tell()

    def _tell_service(self) -> None:
        values = {"cameras": float(self._fleet.running), "restarts": float(self._fleet.restarts)}
        name = self._settings.instance or socket.gethostname()
        report_service(self._events, ServiceStatus(service="capture", instance=name, at=now(), values=values))

    def _tell_states(self, cameras: Mapping[UUID, Listed]) -> None:
        for camera_id, listed in cameras.items():
            if not listed.enabled and not self._fleet.holds(camera_id):
                report_camera(self._events, camera_id, CameraStatus(state=CameraState.PAUSED))
            elif camera_id in self._fleet.hung:
                sentence = f"Nothing moved at this camera for {SILENT_SECONDS:.0f} seconds, so it is started again"
                report_camera(self._events, camera_id, CameraStatus(state=CameraState.WAITING, message=sentence))

    def _announce(self, cameras: Mapping[UUID, Listed]) -> None:
        """Recognizers read the streams of the cameras in this set; those of removed cameras go with their frames."""
        if cameras:
            self._frames.sadd(streams.FRAME_CAMERAS, *(str(camera_id) for camera_id in cameras))
        members: Any = self._frames.smembers(streams.FRAME_CAMERAS)
        for camera_id in {UUID(member.decode()) for member in members} - cameras.keys():
            if not self._fleet.holds(camera_id):
                self._forget(camera_id)

    def _forget(self, camera_id: UUID) -> None:
        logger.info("camera was removed", extra={"camera": str(camera_id)})
        self._frames.srem(streams.FRAME_CAMERAS, str(camera_id))
        self._frames.delete(streams.frames(camera_id))
        self._events.delete(f"status:camera:{camera_id}")
        shutil.rmtree(self._settings.uploads_dir / str(camera_id), ignore_errors=True)
        ledger_path(self._settings.data_dir, camera_id).unlink(missing_ok=True)
