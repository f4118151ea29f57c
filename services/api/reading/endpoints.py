"""Reading one posted picture while the caller waits; nothing is stored."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.access import allow
from services.api.deps import Site
from services.api.reading import requests
from services.api.reading.body import MAX_BODY, PICTURE_BODY, Picture
from services.api.reading.schemas import PictureReading
from shared.credentials import Scope

router = APIRouter(prefix="/read", tags=["read"])


@router.post("", openapi_extra=PICTURE_BODY, max_body_size=MAX_BODY)
@allow(Scope.PICTURES_READ)
def read_picture(picture: Picture, site: Site) -> PictureReading:
    """Reads the plates of a picture: a JPEG, PNG or WebP of at most 10 MB, raw or as the file of a form."""
    return PictureReading.of(picture.name, requests.ask(site.frames, picture))
