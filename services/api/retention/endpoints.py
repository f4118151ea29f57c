"""How long things are kept, and what would be deleted now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.api import audit
from services.api.access import Who, allow, check_unlimited
from services.api.asked import Body
from services.api.deps import Db
from services.api.retention import queries
from services.api.retention.schemas import RetentionIn, RetentionOut, RetentionTried
from shared import site
from shared.credentials import Scope
from shared.retention import Retention

router = APIRouter(prefix="/site/retention", tags=["site"])


@router.get("")
@allow(Scope.SETTINGS_READ)
def get_retention(tried: Annotated[RetentionTried, Query()], session: Db, who: Who) -> RetentionOut:
    """How long things are kept and what is old enough to go, by what is set or by what is tried here."""
    check_unlimited(who)
    return queries.shown(session, tried.over(site.load(session, Retention)))


@router.post("/preview")
@allow(Scope.SETTINGS_READ)
def preview_retention(asked: Body[RetentionIn], session: Db, who: Who) -> RetentionOut:
    """What would go if all of it were set like this; sets nothing. Unlike the parameters of GET it knows `for good`."""
    check_unlimited(who)
    settings = Retention.model_validate(asked.model_dump())
    queries.check_cameras(session, settings)
    return queries.shown(session, settings)


@router.put("")
@allow(Scope.SETTINGS_WRITE)
def set_retention(asked: Body[RetentionIn], session: Db, who: Who) -> RetentionOut:
    """Sets how long things are kept; the next night goes by it. What is gone is gone."""
    settings = Retention.model_validate(asked.model_dump())
    queries.check_cameras(session, settings)
    before = site.load(session, Retention)
    site.save(session, settings)
    told = {"before": before.model_dump(mode="json"), "after": settings.model_dump(mode="json")}
    audit.record(session, who, "retention.change", "site", told)
    return queries.shown(session, settings)
