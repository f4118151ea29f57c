"""Which cameras there are, and how one of them is set up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine, select

from services.capture.camera import Camera
from shared.cameras import AnySource, CameraSettings
from shared.db import tables
from shared.db.session import DATABASE_DOWN, transaction
from shared.errors import Invalid, Missing
from shared.process import Stop
from shared.secrets import Vault

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
_SOURCES: TypeAdapter[AnySource] = TypeAdapter(AnySource)


@dataclass(frozen=True)
class Listed:
    """A camera as the parent knows it: without its secrets."""

    revision: int
    enabled: bool


class Roster:
    """All cameras of the site, asked for once a second in a thread, so that a hanging database stops nothing."""

    def __init__(self, engine: Engine, stop: Stop) -> None:
        self._engine, self._stop = engine, stop
        self._away = False
        self.cameras: Mapping[UUID, Listed] | None = None
        """None until PostgreSQL answered for the first time; then as it last said."""

    def follow(self) -> None:
        threading.Thread(target=self._follow, name="roster", daemon=True).start()

    def look(self) -> None:
        """Asks once; while PostgreSQL is away the last answer holds."""
        try:
            self.cameras = _list_cameras(self._engine)
        except DATABASE_DOWN as error:
            if not self._away:
                reason = type(error).__name__
                logger.warning("database is away, cameras go on as they are", extra={"reason": reason})
            self._away = True
            return
        if self._away:
            logger.info("database is back")
        self._away = False

    def _follow(self) -> None:
        while True:
            self.look()
            if self._stop.wait(POLL_SECONDS):
                return


def load_camera(engine: Engine, vault: Vault, camera_id: UUID) -> tuple[Camera, int]:
    """The camera and its revision.

    Raises:
        Missing: it was removed.
        SecretsError: its source does not open with the key.
        Invalid: what is stored is no camera.
    """
    with transaction(engine) as session:
        row = session.get(tables.Camera, camera_id)
    if row is None:
        raise Missing("camera", camera_id)
    document = vault.open(row.source)
    try:
        camera = Camera(row.id, _SOURCES.validate_python(document), CameraSettings.model_validate(row.settings))
    except ValidationError:
        # Its text would show the source, and with it the password.
        raise Invalid("The stored settings of this camera are not understood: save the camera again") from None
    return camera, row.revision


def _list_cameras(engine: Engine) -> dict[UUID, Listed]:
    columns = select(tables.Camera.id, tables.Camera.revision, tables.Camera.enabled)
    # A device that reads plates itself sends no frames.
    columns = columns.where(tables.Camera.kind != "push")
    with transaction(engine) as session:
        return {camera_id: Listed(revision, enabled) for camera_id, revision, enabled in session.execute(columns)}
