"""Which cameras this site has, as sources of events, and how they and the queue are doing."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import ColumnElement, func, select

from services.integrations.numberok_meta.message import Health, Source
from shared.cameras import CameraSettings
from shared.db.session import transaction
from shared.db.tables import Camera, DeliveryRow, MetaSource
from shared.errors import Reject
from shared.integration import Standing
from shared.messages import CameraCard, DeliveryState
from shared.push_document import sensor_id

Cameras = dict[UUID, Source]


def all_cameras(standing: Standing, past: Cameras) -> Cameras:
    """The site's own cameras; those of sites that send their events here are not passed on.

    Args:
        past: what past_cameras gave; of these only the ones that are gone count.

    Raises:
        Reject: two cameras have one sensor id, so their events could not be told apart.
    """
    own = Camera.id.not_in(select(MetaSource.camera_id))
    asked = select(Camera.id, Camera.name, Camera.settings).where(own).order_by(Camera.name)
    with transaction(standing.engine) as session:
        rows = session.execute(asked).all()
    found = past | {camera_id: _source(camera_id, name, settings) for camera_id, name, settings in rows}
    counted = Counter(source.id for source in found.values())
    if doubles := [identity for identity, count in counted.items() if count > 1]:
        names = [source.name for source in found.values() if source.id == doubles[0]]
        raise Reject(f"The cameras {' and '.join(names[:3])} have one sensor id, {doubles[0]}: give each its own")
    return found


def past_cameras(standing: Standing) -> Cameras:
    """Cameras whose events wait, also those that are gone: without a source their events would wait for ever."""
    asked = select(DeliveryRow.camera).where(*_waiting(standing)).distinct()
    with transaction(standing.engine) as session:
        cards = [CameraCard.model_validate(row) for row in session.scalars(asked)]
    return {card.camera_id: Source(sensor_id(card), card.name, "unknown", ("1",)) for card in cards if not card.site}


def health(standing: Standing, known: Cameras) -> Health:
    """How many deliveries wait, for how long, and each camera's state."""
    age = func.extract("epoch", func.now() - func.min(DeliveryRow.created_at))
    asked = select(func.count(), func.coalesce(age, 0.0)).where(*_waiting(standing))
    with transaction(standing.engine) as session:
        waiting, oldest = session.execute(asked).one()
    states = [(source.id, standing.camera(camera_id)) for camera_id, source in known.items()]
    return Health(waiting, max(0.0, float(oldest)), states)


def _source(camera_id: UUID, name: str, stored: dict[str, object]) -> Source:
    try:
        settings = CameraSettings.model_validate(stored)
    except ValidationError:
        settings = CameraSettings()
    identity = sensor_id(CameraCard(camera_id=camera_id, name=name, sensor_id=settings.sensor_id))
    zones = tuple(str(number) for number in range(1, max(1, len(settings.regions)) + 1))
    return Source(identity, name, settings.towards, zones)


def _waiting(standing: Standing) -> tuple[ColumnElement[bool], ...]:
    return DeliveryRow.destination_id == standing.destination_id, DeliveryRow.state == DeliveryState.DUE
