"""Whether the parts answer; open, because load balancers and the sign-in page ask it too."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.api.access import public
from services.api.deps import Site
from services.api.health import queries
from services.api.health.schemas import Condition, Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("", responses={503: {"model": Health}})
@public
def get_health(site: Site, response: Response) -> Health:
    """200 while events can be taken in and shown, also with a service missing; 503 when nothing works."""
    found = queries.health(site)
    response.status_code = 503 if found.status == Condition.FAILING else 200
    return found
