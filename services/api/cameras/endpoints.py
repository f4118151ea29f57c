"""Cameras, and posting pictures to those of kind upload."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response

from services.api import audit
from services.api.access import Who, allow, check_camera, check_unlimited, visible
from services.api.asked import Body
from services.api.cameras import pictures, queries
from services.api.cameras.schemas import CameraIn, CameraOut, CameraPatch, Cameras, Posted
from services.api.deps import Db, Site, State
from services.api.errors import a_file
from services.api.reading.body import MAX_BODY, PICTURE_BODY, Picture
from services.api.repeats import OnceRoute, once
from shared import views
from shared.cameras import CameraSettings
from shared.clock import now
from shared.credentials import Scope
from shared.db.tables import Camera

router = APIRouter(prefix="/cameras", tags=["cameras"], route_class=OnceRoute)
Seen = Annotated[str | None, Header(alias="If-None-Match", max_length=200, description="the ETag of the last one")]
NOT_SENT: dict[int | str, dict[str, str]] = {
    204: {"description": "There is none yet; it comes within a second, if the camera gives pictures"},
    304: {"description": "It is still the one that was seen"},
}


@router.get("")
@allow(Scope.CAMERAS_READ)
def list_cameras(session: Db, site: Site, who: Who) -> Cameras:
    """All cameras with their state."""
    rows = queries.all_cameras(session, visible(who, Camera.id))
    return Cameras(cameras=[_out(site, row) for row in rows])


@router.post("", status_code=201)
@allow(Scope.CAMERAS_WRITE)
@once
def add_camera(asked: Body[CameraIn], session: Db, site: Site, who: Who) -> CameraOut:
    """Adds a camera; capture begins with it within seconds."""
    check_unlimited(who)
    row = queries.add(session, site.vault, asked)
    audit.record(session, who, "camera.add", row.name, {"kind": row.kind})
    return _out(site, row)


@router.get("/{camera_id}")
@allow(Scope.CAMERAS_READ)
def get_camera(camera_id: UUID, session: Db, site: Site, who: Who) -> CameraOut:
    """One camera with its state."""
    check_camera(who, camera_id)
    return _out(site, queries.camera(session, camera_id))


@router.get("/{camera_id}/picture.jpg", response_class=Response, responses=a_file("image/jpeg") | NOT_SENT)
@allow(Scope.CAMERAS_READ, Scope.EVENTS_READ)
def get_camera_picture(camera_id: UUID, session: Db, site: Site, who: Who, seen: Seen = None) -> Response:
    """What the camera sees now, at most 1,280 px wide; ask again each second, one picture at a time.

    Pictures are made only while somebody asks, so the first answer may be empty (204). `ETag` is when it was taken.
    """
    check_camera(who, camera_id)
    queries.camera(session, camera_id)
    view = views.look(site.frames, camera_id)
    if view is None:
        return Response(status_code=204)
    headers = {"ETag": f'"{view.captured_at.isoformat()}"', "Cache-Control": "private, no-cache"}
    if seen == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(view.jpeg, media_type="image/jpeg", headers=headers)


@router.patch("/{camera_id}")
@allow(Scope.CAMERAS_WRITE)
def change_camera(camera_id: UUID, asked: Body[CameraPatch], session: Db, site: Site, who: Who) -> CameraOut:
    """Changes what is given. A password that comes back as the mask stays as it was."""
    check_camera(who, camera_id)
    row = queries.change(session, site.vault, camera_id, asked)
    audit.record(session, who, "camera.change", row.name, {"fields": sorted(asked.model_fields_set)})
    return _out(site, row)


@router.delete("/{camera_id}", status_code=204)
@allow(Scope.CAMERAS_WRITE)
def delete_camera(camera_id: UUID, session: Db, who: Who) -> None:
    """Takes a camera away; its events stay."""
    check_camera(who, camera_id)
    audit.record(session, who, "camera.delete", queries.remove(session, camera_id))


@router.post("/{camera_id}/pictures", status_code=202, openapi_extra=PICTURE_BODY, max_body_size=MAX_BODY)
@allow(Scope.PICTURES_WRITE)
@once
def post_picture(camera_id: UUID, picture: Picture, session: Db, site: Site, who: Who) -> Posted:
    """Hands a picture to a camera of kind upload; what is read in it becomes events."""
    check_camera(who, camera_id)
    row = queries.upload_camera(session, camera_id)
    return Posted(name=pictures.save(site.settings.uploads_dir / str(row.id), picture.data, now()))


def _out(site: State, row: Camera) -> CameraOut:
    return CameraOut(
        id=row.id,
        name=row.name,
        source=queries.masked(queries.source_of(site.vault, row)),
        settings=CameraSettings.model_validate(row.settings),
        enabled=row.enabled,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
        status=queries.status_of(site, row),
    )
