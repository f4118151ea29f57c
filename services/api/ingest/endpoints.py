"""Where devices push what they read. 2xx is stored for good; 4xx will never be taken, so it need not be sent again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from services.api.access import Who, allow, also
from services.api.deps import Db, Site
from services.api.ingest import taking
from services.api.ingest.by_digest import by_digest
from services.api.ingest.forms import NAMES, form_of
from services.api.ingest.taking import BODY, MAX_BODY, Parts
from shared.credentials import Scope

router = APIRouter(prefix="/ingest", tags=["ingest"])

FormName = Annotated[str, Path(json_schema_extra={"enum": list(NAMES)})]
"""The files of the folder `forms`."""
CameraName = Annotated[
    str, Query(max_length=64, description="id or name of the camera; without it the device's own name decides")
]


class PushTaken(BaseModel):
    stored: int = Field(description="vehicles that were new; a repetition is answered and not stored again")


@router.post("/{form}", max_body_size=MAX_BODY, openapi_extra=BODY)
@allow(Scope.EVENTS_PUSH)
@also(by_digest)
def push_event(form: FormName, parts: Parts, session: Db, site: Site, who: Who, camera: CameraName = "") -> PushTaken:
    """Takes what a device read: a message of its own form, with its pictures.

    A message without a plate says that the device is alive. The same message may come again.
    """
    said = [taking.keyed(one, form, parts) for one in form_of(form)(parts)]
    stored = 0
    for one in said:
        row = taking.camera_of(session, site, who, camera, one.device)
        stored += taking.take(session, site, who, row, one)
    return PushTaken(stored=stored)
