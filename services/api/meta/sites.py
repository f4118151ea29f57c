"""Reads and writes the sites that send their events here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from services.api.access import Identity
from services.api.api_keys.queries import check_ahead, check_within
from services.api.deps import no_double
from services.api.errors import NotAllowed
from services.api.meta.schemas import Contact, MetaSiteIn, MetaSiteOut, MetaSitePatch, NewKeyIn, NewMetaSite, SourceOut
from services.api.meta.wire import BEAT
from shared.credentials import KeyLimits, Scope, create_api_key
from shared.db.tables import ApiKey, Camera, MetaSite, MetaSource, PlateList
from shared.errors import Invalid, Missing

SILENT_AFTER = timedelta(seconds=3 * BEAT)
_FROM_SITE = ("id", "name", "key_id", "created_at", "software", "registered_at", "last_contact_at", "clock_skew")
_FROM_BEAT = ("waiting", "oldest_seconds")
_FROM_SOURCE = ("camera_id", "direction", "zones", "registered", "state", "message", "last_frame_at")
MOST_SKEW = 5.0
"""Seconds; beyond, times of its events are not to be trusted."""


def add(session: Session, who: Identity, asked: MetaSiteIn) -> NewMetaSite:
    """The site with its connection key, which cannot be shown again. Raises Conflict, Invalid, NotAllowed."""
    row = MetaSite(name=asked.name, lists=_list_ids(session, asked.lists))
    session.add(row)
    with no_double(f"There is already a site {asked.name}"):
        session.flush()
    return _with_key(session, who, row, asked.expires_at)


def renew(session: Session, who: Identity, site_id: UUID, asked: NewKeyIn) -> NewMetaSite:
    """The site with a new connection key; the one before is taken away. Raises Missing, Conflict, NotAllowed."""
    revoke(session, site_id)
    return _with_key(session, who, site(session, site_id), asked.expires_at)


def _with_key(session: Session, who: Identity, row: MetaSite, expires_at: datetime | None) -> NewMetaSite:
    check_ahead(expires_at)
    check_within(who, expires_at, who.addresses)
    name, limits = f"Meta: {row.name}", KeyLimits(addresses=who.addresses)
    key = create_api_key(session, name, [Scope.META_CONNECT], expires_at, limits, who.actor)
    row.key_id = session.scalars(select(ApiKey.id).where(ApiKey.name == name)).one()
    return NewMetaSite(id=row.id, name=row.name, connection_key=key)


def change(session: Session, site_id: UUID, asked: MetaSitePatch) -> MetaSite:
    """Raises Missing, Conflict, Invalid."""
    row = site(session, site_id)
    row.name = asked.name or row.name
    if asked.lists is not None:
        row.lists = _list_ids(session, asked.lists)
    with no_double(f"There is already a site {row.name}"):
        session.flush()
    return row


def revoke(session: Session, site_id: UUID) -> str:
    """Takes the site's key away; the site stays, with what it sent. Returns its name. Raises Missing."""
    row = site(session, site_id)
    session.execute(delete(ApiKey).where(ApiKey.id == row.key_id))
    row.key_id = None
    return row.name


def remove(session: Session, site_id: UUID) -> str:
    """Takes the site and its key away; its cameras stay, with their events. Returns its name. Raises Missing."""
    name = revoke(session, site_id)
    session.execute(delete(MetaSite).where(MetaSite.id == site_id))
    return name


def site(session: Session, site_id: UUID) -> MetaSite:
    """Locked. Raises Missing."""
    row = session.get(MetaSite, site_id, with_for_update=True)
    if row is None:
        raise Missing("site", site_id)
    return row


def of_key(session: Session, who: Identity) -> MetaSite:
    """The site behind a connection key, locked: requests of one site take turns. Raises NotAllowed."""
    asked = select(MetaSite).where(MetaSite.key_id == who.key_id).with_for_update()
    row = session.scalar(asked) if who.key_id else None
    if row is None:
        raise NotAllowed("This key is no connection key of a site: make one at POST /api/v1/meta/sites")
    return row


def shown(session: Session, rows: Sequence[MetaSite], moment: datetime) -> list[MetaSiteOut]:
    """Sites as they are shown, with their sources."""
    keys = {key.id: key for key in session.scalars(select(ApiKey).where(ApiKey.id.in_(row.key_id for row in rows)))}
    names = {row.id: row.name for row in session.execute(select(PlateList.id, PlateList.name))}
    sources = _sources(session, [row.id for row in rows])
    return [
        _shown(row, keys.get(row.key_id) if row.key_id else None, names, sources.get(row.id, []), moment)
        for row in rows
    ]


def all_sites(session: Session) -> list[MetaSite]:
    return list(session.scalars(select(MetaSite).order_by(MetaSite.name)))


def silent(session: Session, moment: datetime) -> tuple[int, int]:
    """How many sites with a key there are that have registered, and how many of them are silent."""
    late = func.count().filter(MetaSite.last_contact_at < moment - SILENT_AFTER)
    asked = select(func.count(), late).where(MetaSite.key_id.is_not(None), MetaSite.registered_at.is_not(None))
    count, missing = session.execute(asked).one()
    return count, missing


def _shown(
    row: MetaSite, key: ApiKey | None, names: Mapping[UUID, str], sources: list[SourceOut], moment: datetime
) -> MetaSiteOut:
    contact = _contact(row, key, moment)
    own = {name: getattr(row, name) for name in (*_FROM_SITE, *_FROM_BEAT)}
    return MetaSiteOut(
        **own,
        contact=contact,
        sentence=_sentence(row, contact),
        lists=sorted(names[one] for one in row.lists if one in names),
        key_expires_at=key.expires_at if key else None,
        key_last_used_at=key.last_used_at if key else None,
        sources=sources,
    )


def _contact(row: MetaSite, key: ApiKey | None, moment: datetime) -> Contact:
    if key is None:
        return Contact.REVOKED
    if key.expires_at and key.expires_at <= moment:
        return Contact.EXPIRED
    if row.last_contact_at is None:
        return Contact.NEVER
    return Contact.SILENT if row.last_contact_at < moment - SILENT_AFTER else Contact.FINE


def _sentence(row: MetaSite, contact: Contact) -> str:
    said = {
        Contact.REVOKED: "Its key was taken away; make a new one and enter it there",
        Contact.EXPIRED: "Its key has expired",
        Contact.NEVER: "It has not registered yet: enter the connection key there",
        Contact.SILENT: "It has not reported for three minutes",
    }.get(contact, "")
    if not said and row.clock_skew is not None and abs(row.clock_skew) > MOST_SKEW:
        said = f"Its clock is {abs(row.clock_skew):.0f} s {'ahead of' if row.clock_skew > 0 else 'behind'} ours"
    return said


def _sources(session: Session, sites: Iterable[UUID]) -> dict[UUID, list[SourceOut]]:
    asked = select(MetaSource, Camera.name).join(Camera, Camera.id == MetaSource.camera_id)
    found: dict[UUID, list[SourceOut]] = {}
    for row, camera in session.execute(asked.where(MetaSource.site_id.in_(sites)).order_by(Camera.name)):
        own = {name: getattr(row, name) for name in _FROM_SOURCE}
        found.setdefault(row.site_id, []).append(SourceOut(id=row.source, name=camera, **own))
    return found


def _list_ids(session: Session, names: Sequence[str]) -> list[UUID]:
    """Raises Invalid for a list that there is not."""
    asked = select(PlateList.name, PlateList.id).where(PlateList.name.in_(names))
    found = {row.name: row.id for row in session.execute(asked)}
    if unknown := sorted(set(names) - found.keys()):
        raise Invalid(f"There is no list {unknown[0]}", "lists")
    return sorted(found.values())
