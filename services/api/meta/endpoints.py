"""The sites that send their events here: admins add them, grant them lists and take their keys away."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, admin_only, allow, check_unlimited
from services.api.asked import Body
from services.api.deps import Db
from services.api.meta import sites
from services.api.meta.schemas import MetaSiteIn, MetaSiteOut, MetaSitePatch, MetaSites, NewKeyIn, NewMetaSite
from services.api.repeats import OnceRoute, once
from shared.clock import now
from shared.credentials import Scope

router = APIRouter(prefix="/meta/sites", tags=["meta"], route_class=OnceRoute)


@router.get("")
@allow(Scope.CAMERAS_READ)
def list_meta_sites(session: Db, who: Who) -> MetaSites:
    """The sites that send their events here, with how it stands with them and their cameras."""
    check_unlimited(who)
    return MetaSites(sites=sites.shown(session, sites.all_sites(session), now()))


@router.post("", status_code=201)
@admin_only
@once
def add_meta_site(asked: Body[MetaSiteIn], session: Db, who: Who) -> NewMetaSite:
    """Adds a site and shows its connection key, this once."""
    made = sites.add(session, who, asked)
    audit.record(session, who, "meta.site.add", made.name, asked.model_dump(mode="json", exclude={"name"}))
    return made


@router.get("/{site_id}")
@allow(Scope.CAMERAS_READ)
def get_meta_site(site_id: UUID, session: Db, who: Who) -> MetaSiteOut:
    """One site."""
    check_unlimited(who)
    return sites.shown(session, [sites.site(session, site_id)], now())[0]


@router.patch("/{site_id}")
@admin_only
def change_meta_site(site_id: UUID, asked: Body[MetaSitePatch], session: Db, who: Who) -> MetaSiteOut:
    """Renames a site, or grants it other lists. Its cameras here keep their names until it registers again."""
    row = sites.change(session, site_id, asked)
    audit.record(session, who, "meta.site.change", row.name, asked.model_dump(mode="json", exclude_unset=True))
    return sites.shown(session, [row], now())[0]


@router.delete("/{site_id}", status_code=204)
@admin_only
def delete_meta_site(site_id: UUID, session: Db, who: Who) -> None:
    """Takes a site and its key away; its cameras here stay, with their events."""
    audit.record(session, who, "meta.site.delete", sites.remove(session, site_id))


@router.post("/{site_id}/key", status_code=201)
@admin_only
@once
def renew_meta_key(site_id: UUID, asked: Body[NewKeyIn], session: Db, who: Who) -> NewMetaSite:
    """Gives a site a new connection key, shown this once; the one before is refused from now on.

    To let both work for a while, rotate it as an API key.
    """
    made = sites.renew(session, who, site_id, asked)
    audit.record(session, who, "meta.key.make", made.name, asked.model_dump(mode="json"))
    return made


@router.delete("/{site_id}/key", status_code=204)
@admin_only
def revoke_meta_key(site_id: UUID, session: Db, who: Who) -> None:
    """Takes a site's key away; it is refused from the next request on, and its events wait there."""
    audit.record(session, who, "meta.key.revoke", sites.revoke(session, site_id))
