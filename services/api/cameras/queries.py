"""Reads and writes cameras; a source is sealed on its way in and masked on its way out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.api.cameras.schemas import CameraIn, CameraPatch
from services.api.deps import State, no_double
from shared.cameras import AnySource, MjpegSource, RtspSource, SnapshotSource
from shared.db.session import at_once
from shared.db.tables import Camera, PushContact
from shared.errors import Conflict, Invalid, Missing
from shared.secrets import Vault
from shared.status import CameraState, CameraStatus, camera_status

_SOURCES: TypeAdapter[AnySource] = TypeAdapter(AnySource)
_NEVER_HEARD = "Waits for the first message of its device; docs/ingest.md tells where it must send"
MOST_SKEW = 10.0
"""Seconds by which a device's clock may be wrong before its state says so."""
_WITH_PASSWORD = RtspSource | MjpegSource | SnapshotSource


def all_cameras(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[Camera]:
    return list(session.scalars(select(Camera).where(*conditions).order_by(Camera.name)))


def camera(session: Session, camera_id: UUID, *, lock: bool = False) -> Camera:
    """Raises Missing."""
    found = session.get(Camera, camera_id, with_for_update=lock)
    if found is None:
        raise Missing("camera", camera_id)
    return found


def upload_camera(session: Session, camera_id: UUID) -> Camera:
    """A camera that pictures can be posted to. Raises Missing, Conflict."""
    found = camera(session, camera_id)
    if found.kind != "upload":
        raise Conflict(f"Camera {found.name} takes no pictures, its source is {found.kind}; add one of kind upload")
    return found


def source_of(vault: Vault, row: Camera) -> AnySource:
    return _SOURCES.validate_python(vault.open(row.source))


def status_of(site: State, row: Camera) -> CameraStatus:
    """How the camera is doing: what capture says of it, or when its device was last heard of."""
    if row.kind != "push":
        return camera_status(site.events, row.id)
    with at_once(site.engine) as session:
        contact = session.get(PushContact, row.id)
    if contact is None:
        return CameraStatus(state=CameraState.WAITING, message=_NEVER_HEARD)
    skew = contact.clock_skew or 0.0
    wrong = (
        f"The device's clock is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}" if abs(skew) > MOST_SKEW else ""
    )
    return CameraStatus(state=CameraState.RUNNING, message=wrong, last_frame_at=contact.heard_at)


def masked(source: AnySource) -> AnySource:
    return source.masked() if isinstance(source, _WITH_PASSWORD) else source


def add(session: Session, vault: Vault, asked: CameraIn) -> Camera:
    """Raises Conflict for a name that is taken, Invalid for a mask in place of a password."""
    row = Camera(
        name=asked.name,
        kind=asked.source.kind,
        source=_sealed(vault, asked.source, None),
        settings=asked.settings.model_dump(mode="json"),
        enabled=asked.enabled,
    )
    session.add(row)
    _store(session, asked.name)
    return row


def change(session: Session, vault: Vault, camera_id: UUID, asked: CameraPatch) -> Camera:
    """Raises Missing, Conflict, Invalid."""
    row = camera(session, camera_id, lock=True)
    if asked.source is not None:
        row.source = _sealed(vault, asked.source, source_of(vault, row))
        row.kind = asked.source.kind
    if asked.settings is not None:
        row.settings = asked.settings.model_dump(mode="json")
    row.name = asked.name or row.name
    row.enabled = row.enabled if asked.enabled is None else asked.enabled
    row.revision += 1
    _store(session, row.name)
    return row


def remove(session: Session, camera_id: UUID) -> str:
    """Returns the name of the camera that is gone; its events stay. Raises Missing."""
    row = camera(session, camera_id, lock=True)
    session.delete(row)
    return row.name


def _store(session: Session, name: str) -> None:
    with no_double(f"There is already a camera {name}"):
        session.flush()
    session.expire_all()


def _sealed(vault: Vault, source: AnySource, stored: AnySource | None) -> bytes:
    if isinstance(source, _WITH_PASSWORD):
        source = source.unmasked(stored)
        if source.holds_mask:
            raise Invalid("Type the password again: the mask is kept only for the same host", "source.url")
    return vault.seal(source.model_dump(mode="json"))
