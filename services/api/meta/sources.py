"""Registers the cameras of a site as cameras of ours, and notes what its heartbeat says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.errors import NotRegistered
from services.api.meta.wire import Heartbeat, Registration, Source
from shared.cameras import CameraSettings, PushSource
from shared.db.tables import Camera, MetaSite, MetaSource
from shared.errors import Invalid
from shared.secrets import Vault

LONGEST_NAME = 64


@dataclass
class Changes:
    """What a registration changed, by the names of the cameras here."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.gone)


def register(session: Session, vault: Vault, site: MetaSite, asked: Registration, moment: datetime) -> Changes:
    """Makes the site's cameras what the registration says; sending it again changes nothing. Raises Invalid."""
    wanted = {source.id: source for source in asked.sources}
    if len(wanted) < len(asked.sources):
        raise Invalid("Two sources have the same id", "sources")
    changes, known = Changes(), {row.source: row for row in _rows(session, site)}
    for identity, source in wanted.items():
        row = known.get(identity)
        if row is None:
            changes.added.append(_add(session, vault, site, source))
        elif _change(session, site, row, source):
            changes.changed.append(session.get_one(Camera, row.camera_id).name)
    for identity in known.keys() - wanted.keys():
        if known[identity].registered:
            known[identity].registered = False
            changes.gone.append(session.get_one(Camera, known[identity].camera_id).name)
    site.software, site.registered_at, site.last_contact_at = asked.software, moment, moment
    return changes


def note(session: Session, site: MetaSite, beat: Heartbeat, moment: datetime) -> bool:
    """Keeps what a heartbeat says; False when one of its sources is not registered."""
    known = {row.source: row for row in _rows(session, site)}
    for told in beat.sources:
        if row := known.get(told.id):
            row.state, row.message, row.last_frame_at = told.state, told.message, told.last_frame_at
    site.last_contact_at, site.clock_skew = moment, (beat.sent_at - moment).total_seconds()
    site.waiting, site.oldest_seconds = beat.waiting, beat.oldest_seconds
    names = {told.id for told in beat.sources}
    return site.registered_at is not None and names <= {row.source for row in known.values() if row.registered}


def camera_of(session: Session, site: MetaSite, source: str) -> Camera:
    """The camera that a source's events belong to. Raises NotRegistered."""
    asked = select(Camera).join(MetaSource, MetaSource.camera_id == Camera.id)
    found = session.scalar(asked.where(MetaSource.site_id == site.id, MetaSource.source == source))
    if found is None:
        raise NotRegistered(f"The source {source[:64]} is not registered: register it first")
    return found


def _rows(session: Session, site: MetaSite) -> list[MetaSource]:
    return list(session.scalars(select(MetaSource).where(MetaSource.site_id == site.id)))


def _add(session: Session, vault: Vault, site: MetaSite, source: Source) -> str:
    """A camera of ours under a name that no other has."""
    push = PushSource()
    camera = Camera(
        name=_free_name(session, site, source),
        kind=push.kind,
        source=vault.seal(push.model_dump(mode="json")),
        settings=CameraSettings(towards=source.direction).model_dump(mode="json"),
    )
    session.add(camera)
    session.flush()
    own = {"source": source.id, "name": source.name, "direction": source.direction, "zones": source.zones}
    session.add(MetaSource(site_id=site.id, camera_id=camera.id, **own))
    session.flush()
    return camera.name


def _change(session: Session, site: MetaSite, row: MetaSource, source: Source) -> bool:
    before = (row.name, row.direction, list(row.zones), row.registered)
    if before == (source.name, source.direction, source.zones, True):
        return False
    camera = session.get_one(Camera, row.camera_id)
    # One that somebody gave another name here keeps it.
    if row.name != source.name and camera.name.startswith(_name(site, row.name)):
        camera.name = _free_name(session, site, source)
    if row.direction != source.direction:
        camera.settings = camera.settings | {"towards": source.direction}
    camera.revision += 1
    row.name, row.direction, row.zones, row.registered = source.name, source.direction, source.zones, True
    session.flush()
    return True


def _free_name(session: Session, site: MetaSite, source: Source) -> str:
    """`site / camera`, with a number behind it when a camera of ours or another of theirs is called so."""
    plain, count = _name(site, source.name), 1
    name = plain
    while session.scalar(select(Camera.id).where(Camera.name == name)):
        count += 1
        ending = f" {count}"
        name = plain[: LONGEST_NAME - len(ending)] + ending
    return name


def _name(site: MetaSite, name: str) -> str:
    return f"{site.name} / {name}"[:LONGEST_NAME]
