"""The site's settings and the kill switch of its barriers."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.orm import Session

from services.api import audit
from services.api.access import Who, allow
from services.api.asked import Body
from services.api.deps import Db
from services.api.site.schemas import BarrierLock, SiteOut, SitePatch
from shared import site
from shared.credentials import Scope

router = APIRouter(prefix="/site", tags=["site"])


@router.get("")
@allow(Scope.SETTINGS_READ)
def get_site(session: Db) -> SiteOut:
    """The site's settings."""
    return _shown(session)


@router.patch("")
@allow(Scope.SETTINGS_WRITE)
def change_site(asked: Body[SitePatch], session: Db, who: Who) -> SiteOut:
    """Changes what is given; rules go by it for the next vehicle."""
    if asked.name is not None:
        site.save(session, site.SiteName(value=asked.name))
        audit.record(session, who, "site.change", "name", {"name": asked.name})
    if asked.timezone is not None:
        site.save(session, site.TimeZone(value=asked.timezone))
        audit.record(session, who, "site.change", "timezone", {"timezone": asked.timezone})
    return _shown(session)


@router.put("/barriers")
@allow(Scope.BARRIERS_WRITE)
def lock_barriers(asked: Body[BarrierLock], session: Db, who: Who) -> SiteOut:
    """Locks all barriers against every rule, or lets rules open them again; it holds for the very next vehicle."""
    site.save(session, site.BarriersLocked(value=asked.locked, reason=asked.reason))
    audit.record(session, who, "barriers.lock" if asked.locked else "barriers.unlock", "site", {"reason": asked.reason})
    return _shown(session)


def _shown(session: Session) -> SiteOut:
    barriers = site.load(session, site.BarriersLocked)
    return SiteOut(
        name=site.load(session, site.SiteName).value,
        timezone=site.load(session, site.TimeZone).value,
        barriers_locked=barriers.value,
        barriers_reason=barriers.reason,
    )
