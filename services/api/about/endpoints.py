"""What this site runs, for everybody who may sign in: licences ask for it, and so does whoever reports a fault."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.about import installed
from services.api.about.schemas import About
from services.api.access import allow

router = APIRouter(prefix="/about", tags=["about"])


@router.get("")
@allow()
def get_about() -> About:
    """The version, our networks, and the installed Python packages with their licences."""
    return installed.about()
