"""What the site has set up, as the reactor needs it: cameras, lists, and rules with their destinations."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.reactor import lists
from shared import stored_rules
from shared.cameras import CameraSettings
from shared.db.tables import Camera
from shared.messages import CameraCard
from shared.rules.rule import Rule

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownCamera:
    """A camera's settings, and what an integration may know of it."""

    settings: CameraSettings
    card: CameraCard


class Catalogue:
    """A copy of the settings in memory; `refresh` follows the database and parses only what changed."""

    def __init__(self) -> None:
        self.cameras: dict[UUID, KnownCamera] = {}
        self.rules: tuple[Rule, ...] = ()
        self.lists = lists.Lists(ZoneInfo("UTC"), one_off=False)
        self._camera_rows: list[tuple[object, ...]] = []
        self._rule_rows: list[tuple[object, ...]] = []
        self._lists_revision: tuple[object, ...] = ()

    def refresh(self, session: Session) -> None:
        """Takes over what changed since the last time."""
        cameras = session.execute(select(Camera.id, Camera.name, Camera.settings).order_by(Camera.id)).all()
        if (rows := [tuple(row) for row in cameras]) != self._camera_rows:
            self._camera_rows = rows
            self.cameras = {row.id: _camera(row.id, row.name, row.settings) for row in cameras}
        found_rules = stored_rules.rows(session)
        if (rows := [tuple(row) for row in found_rules]) != self._rule_rows:
            self._rule_rows = rows
            self.rules = stored_rules.rules(found_rules)
        if (revision := lists.revision(session)) != self._lists_revision:
            self._lists_revision = revision
            self.lists = lists.load(session)


def _camera(camera_id: UUID, name: str, stored: dict[str, object]) -> KnownCamera:
    try:
        settings = CameraSettings.model_validate(stored)
    except ValidationError as error:
        logger.error("camera's settings are unusable, using defaults", extra={"camera": name, "reason": str(error)})
        settings = CameraSettings()
    card = CameraCard(camera_id=camera_id, name=name, sensor_id=settings.sensor_id, zone=settings.zone)
    return KnownCamera(settings, card)
