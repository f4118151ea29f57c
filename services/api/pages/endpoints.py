"""Serves the files of the pages; only those that lie in this folder, known by name."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from services.api.access import identify, public
from services.api.deps import Site
from shared.errors import Missing

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "files"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {path.name: path for path in FOLDER.iterdir() if path.suffix in _TYPES}
# Asked for anew each time, so that an update shows at once.
_FRESH = {"Cache-Control": "no-cache"}


@router.get("/")
@public
def events_page(request: Request, site: Site) -> Response:
    """The Events page, or the way to sign in."""
    if identify(request, site) is None:
        return RedirectResponse("/sign-in", status_code=303)
    return FileResponse(FOLDER / "events.html", headers=_FRESH)


@router.get("/sign-in")
@public
def sign_in_page() -> Response:
    """Where name and password are typed."""
    return FileResponse(FOLDER / "sign-in.html", headers=_FRESH)


@router.get("/pages/{name}")
@public
def page_file(name: str) -> Response:
    """Styles, scripts and drawings; they hold nothing of the site."""
    path = _FILES.get(name)
    if path is None:
        raise Missing("file", name)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=_FRESH)
