"""What the site has set up, as the reactor needs it: cameras, lists, and rules with their destinations."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import listed, stored_rules
from shared.cameras import AnySource, CameraSettings, host_of
from shared.db.tables import Camera, MetaSite, MetaSource
from shared.messages import CameraCard
from shared.rules.rule import Rule
from shared.secrets import SecretsError, Vault

logger = logging.getLogger(__name__)

_SOURCES: TypeAdapter[AnySource] = TypeAdapter(AnySource)
_CAMERAS = (
    select(Camera.id, Camera.name, Camera.settings, Camera.source, MetaSite.name.label("site"))
    .outerjoin(MetaSource, MetaSource.camera_id == Camera.id)
    .outerjoin(MetaSite, MetaSite.id == MetaSource.site_id)
    .order_by(Camera.id)
)


@dataclass(frozen=True)
class KnownCamera:
    """A camera's settings, and what an integration may know of it."""

    settings: CameraSettings
    card: CameraCard


class Catalogue:
    """A copy of the settings in memory; `refresh` follows the database and parses only what changed.

    Args:
        vault: opens the cameras' sources for their addresses; without it the cards have none.
    """

    def __init__(self, vault: Vault | None = None) -> None:
        self._vault = vault
        self.cameras: dict[UUID, KnownCamera] = {}
        self.rules: tuple[Rule, ...] = ()
        self.lists = listed.Lists(ZoneInfo("UTC"), one_off=False)
        self._camera_rows: list[tuple[object, ...]] = []
        self._rule_rows: list[tuple[object, ...]] = []
        self._lists_revision: tuple[object, ...] = ()

    def refresh(self, session: Session) -> None:
        """Takes over what changed since the last time."""
        cameras = session.execute(_CAMERAS).all()
        if (rows := [tuple(row) for row in cameras]) != self._camera_rows:
            self._camera_rows = rows
            self.cameras = {row.id: _camera(row, self._address(row)) for row in cameras}
        found_rules = stored_rules.rows(session)
        if (rows := [tuple(row) for row in found_rules]) != self._rule_rows:
            self._rule_rows = rows
            self.rules = stored_rules.rules(found_rules)
        if (revision := listed.revision(session)) != self._lists_revision:
            self._lists_revision = revision
            self.lists = listed.load(session)

    def _address(self, row: Any) -> str:
        """Integrations find the camera by it at a video system; nothing else of the source leaves this place."""
        if self._vault is None:
            return ""
        try:
            return host_of(_SOURCES.validate_python(self._vault.open(row.source)))
        except (SecretsError, ValidationError):
            # Never its text, which may hold the password.
            logger.warning("camera's source cannot be read, its address stays unknown", extra={"camera": row.name})
            return ""


def _camera(row: Any, address: str) -> KnownCamera:
    try:
        settings = CameraSettings.model_validate(row.settings)
    except ValidationError as error:
        logger.error("camera's settings are unusable, using defaults", extra={"camera": row.name, "reason": str(error)})
        settings = CameraSettings()
    known = {"sensor_id": settings.sensor_id, "zone": settings.zone, "address": address, "site": row.site or ""}
    return KnownCamera(settings, CameraCard(camera_id=row.id, name=row.name, **known))
