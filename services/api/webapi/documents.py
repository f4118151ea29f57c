"""Events as the WebAPI tells them: the push document with what only a database knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.api.search.tellings import Done, done_about
from services.api.webapi.site_settings import PublicUrl, SiteSettings
from shared.cameras import CameraSettings
from shared.db.tables import EventRow
from shared.geometry import Box
from shared.messages import CameraCard, Direction, Event, EventState, Origin, VerticalDirection
from shared.push_document import Telling, push_document, sensor_id
from shared.site import TimeZone

Document = dict[str, object]
_STATES = {EventState.LOST: "lost", EventState.UPDATE: "update"}
_PLAIN = (
    "event_id", "camera_id", "camera_name", "car_id", "plate", "country", "confidence", "captured_at", "read_at",
    "last_seen", "reads", "zone", "frame_width", "frame_height", "frame_key", "crop_key", "processing_ms",
)  # fmt: skip


_SITE = text("SELECT id, name, settings FROM cameras UNION ALL SELECT NULL, name, value FROM settings")


@dataclass(frozen=True)
class Writer:
    """Knows the cameras as they are called now, and where our pictures can be fetched."""

    cameras: Mapping[UUID, CameraCard]
    zone: ZoneInfo
    base: str

    @classmethod
    def of_site(cls, session: Session, request: Request) -> Writer:
        rows = session.execute(_SITE).all()
        cards = {row_id: _card(row_id, name, value) for row_id, name, value in rows if row_id}
        stored = SiteSettings({name: value for row_id, name, value in rows if not row_id})
        base = stored.of(PublicUrl).value or str(request.base_url).rstrip("/")
        return cls(cards, stored.of(TimeZone).zone, base)

    def documents(self, session: Session, rows: Sequence[EventRow]) -> list[Document]:
        """One document for each event, in their order."""
        done = done_about(session, [row.event_id for row in rows]) if rows else {}
        return [self._document(row, done.get(row.event_id, ())) for row in rows]

    def _document(self, row: EventRow, done: Sequence[Done]) -> Document:
        # A camera that was taken away has no time zone any more; then the site's holds.
        card = self.cameras.get(row.camera_id) or CameraCard(
            camera_id=row.camera_id, name=row.camera_name, zone=self.zone.key
        )
        telling = Telling(
            car_state=_STATES.get(EventState(row.state), "new"),
            zone=ZoneInfo(card.zone),
            sensor=sensor_id(card),
            uris=tuple(self._uris(row)),
        )
        return {
            **push_document(_event(row), telling),
            "eventID": str(row.event_id),
            "cameraID": str(row.camera_id),
            "plateList": list(row.lists),
            "reactions": list(dict.fromkeys(one.reaction for one in done if one.reaction)),
            "deliveries": [
                {"destination": one.destination, "kind": one.kind, "moment": one.moment, "state": one.state}
                for one in done
            ],
        }

    def _uris(self, row: EventRow) -> list[str]:
        kinds = (("frame", row.frame_key), ("crop", row.crop_key))
        return [f"{self.base}/api/v1/events/{row.event_id}/{kind}.jpg" for kind, key in kinds if key]


def _card(camera_id: UUID, name: str, settings: Mapping[str, object]) -> CameraCard:
    stored = CameraSettings.model_validate(settings)
    return CameraCard(camera_id=camera_id, name=name, sensor_id=stored.sensor_id, zone=stored.zone)


def _event(row: EventRow) -> Event:
    """Unchecked: the row was a valid event when it was written, and an export has a million of them."""
    x, y, width, height = row.box
    return Event.model_construct(
        **{name: getattr(row, name) for name in _PLAIN},
        state=EventState(row.state),
        origin=Origin(row.origin),
        direction=Direction(row.direction),
        vertical=VerticalDirection(row.vertical),
        box=Box.model_construct(x=x, y=y, width=width, height=height),
    )
