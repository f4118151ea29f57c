"""What the site has set up, as the reactor needs it: cameras, lists, and rules with their destinations."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.reactor import lists, rules
from shared.cameras import CameraSettings
from shared.db.tables import Camera, Destination, ReactionRule
from shared.messages import CameraCard, Event, Moment
from shared.reactions import RULES

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownCamera:
    """A camera's settings, and what an integration may know of it."""

    settings: CameraSettings
    card: CameraCard


@dataclass(frozen=True)
class Reaction:
    """A rule that is switched on, with its destination."""

    reaction_id: UUID
    destination_id: UUID
    moments: frozenset[Moment]
    fires: rules.Fires
    settings: BaseModel


class Catalogue:
    """A copy of the settings in memory; `refresh` follows the database and parses only what changed."""

    def __init__(self) -> None:
        self.cameras: dict[UUID, KnownCamera] = {}
        self.reactions: tuple[Reaction, ...] = ()
        self.lists = lists.Lists(ZoneInfo("UTC"), one_off=False)
        self._kinds = rules.discover()
        self._camera_rows: list[tuple[object, ...]] = []
        self._reaction_rows: list[tuple[object, ...]] = []
        self._lists_revision: tuple[object, ...] = ()

    def refresh(self, session: Session) -> None:
        """Takes over what changed since the last time."""
        cameras = session.execute(select(Camera.id, Camera.name, Camera.settings).order_by(Camera.id)).all()
        if (rows := [tuple(row) for row in cameras]) != self._camera_rows:
            self._camera_rows = rows
            self.cameras = {row.id: _camera(row.id, row.name, row.settings) for row in cameras}
        reactions = session.execute(_REACTIONS).all()
        if (rows := [tuple(row) for row in reactions]) != self._reaction_rows:
            self._reaction_rows = rows
            self.reactions = tuple(self._parsed(reactions))
        if (revision := lists.revision(session)) != self._lists_revision:
            self._lists_revision = revision
            self.lists = lists.load(session)

    def fired(self, event: Event, moment: Moment) -> dict[UUID, Reaction]:
        """Destinations that must hear of the event at this moment, each with the first rule that says so.

        An event without a plate concerns none of them, whatever their rules say of plates on no list.
        """
        if not event.plate:
            return {}
        fired: dict[UUID, Reaction] = {}
        for reaction in self.reactions:
            if moment in reaction.moments and reaction.fires(event, reaction.settings):
                fired.setdefault(reaction.destination_id, reaction)
        return fired

    def _parsed(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Reaction]:
        for row in rows:
            try:
                settings = RULES[row.rule].model_validate(row.settings)
                fires = self._kinds[row.rule]
            except (KeyError, ValidationError) as error:
                logger.error("reaction is left out", extra={"reaction": row.name, "reason": str(error)})
                continue
            moments = frozenset(Moment) if row.send_on == "both" else frozenset({Moment(row.send_on)})
            yield Reaction(row.id, row.destination_id, moments, fires, settings)


_REACTIONS = (
    select(
        ReactionRule.id,
        ReactionRule.name,
        ReactionRule.rule,
        ReactionRule.settings,
        ReactionRule.destination_id,
        Destination.send_on,
    )
    .join(Destination, Destination.id == ReactionRule.destination_id)
    .where(ReactionRule.enabled, Destination.enabled)
    .order_by(ReactionRule.created_at, ReactionRule.id)
)


def _camera(camera_id: UUID, name: str, stored: dict[str, object]) -> KnownCamera:
    try:
        settings = CameraSettings.model_validate(stored)
    except ValidationError as error:
        logger.error("camera's settings are unusable, using defaults", extra={"camera": name, "reason": str(error)})
        settings = CameraSettings()
    card = CameraCard(camera_id=camera_id, name=name, sensor_id=settings.sensor_id, zone=settings.zone)
    return KnownCamera(settings, card)
