"""Looking for cameras in the network, and asking one for its streams."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select

from services.api import audit
from services.api.access import Who, allow, check_unlimited
from services.api.asked import Body
from services.api.cameras.queries import source_of
from services.api.deps import Site
from services.api.onvif import search, streams
from services.api.onvif.schemas import CameraAsked, OnvifDeviceFound, OnvifDevices, OnvifStreams, Seconds
from shared.cameras import host_of
from shared.credentials import Scope
from shared.db.session import transaction
from shared.db.tables import Camera
from shared.errors import Reject, Retry

router = APIRouter(prefix="/onvif", tags=["cameras"])


@router.get("/devices")
@allow(Scope.CAMERAS_WRITE)
def find_onvif_devices(site: Site, who: Who, seconds: Seconds = 3.0) -> OnvifDevices:
    """Asks the networks of this machine for ONVIF cameras (WS-Discovery). Those behind a router do not hear it."""
    check_unlimited(who)
    # No connection of the database is held while others think.
    with transaction(site.engine) as session:
        rows = session.scalars(select(Camera).order_by(Camera.name))
        ours = {host_of(source_of(site.vault, row)): row.name for row in rows}
    found = search.search(seconds)
    devices = [
        OnvifDeviceFound(
            host=one.host, port=one.port, path=one.path, name=one.name, model=one.model, camera=ours.get(one.host)
        )
        for one in found
    ]
    return OnvifDevices(devices=devices)


@router.post("/streams")
@allow(Scope.CAMERAS_WRITE)
def ask_onvif_streams(asked: Body[CameraAsked], site: Site, who: Who) -> OnvifStreams:
    """Asks a camera what it is and which streams it has, as the user that is given; nothing is stored or changed."""
    check_unlimited(who)
    with transaction(site.engine) as session:
        audit.record(session, who, "camera.ask", asked.host, {"port": asked.port})
    try:
        told = streams.ask(asked)
    except (Retry, Reject) as error:
        return OnvifStreams(ok=False, trouble=error.trouble, sentence=error.reason, streams=[])
    return OnvifStreams(ok=True, trouble="", sentence=told.model, streams=told.streams)
