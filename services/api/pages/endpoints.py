"""Serves the pages: one document at every page's address, and its files, known by name."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from services.api.access import public
from services.api.pages.built_files import ENTRY, BuiltFile, NotBuilt, built_files
from shared.errors import Missing

router = APIRouter(include_in_schema=False)

# As in pages/src/routes.ts. They are named one by one, so that a mistyped address of the API is no page.
PAGES = (
    "/",
    "/sign-in",
    "/search",
    "/plates/{plate}",
    "/live",
    "/dashboard",
    "/gatehouse/{camera}",
    "/health",
    "/try",
    "/welcome",
    "/settings",
    "/settings/{part}",
    "/settings/{part}/{item}",
)


@public
def page(request: Request) -> Response:
    """The document of all pages; it holds nothing of the site and asks the API for that."""
    try:
        return _answer(request, built_files()[ENTRY])
    except NotBuilt as error:
        return PlainTextResponse(str(error), status_code=503)


for address in PAGES:
    router.add_api_route(address, page, methods=["GET"])


@router.get("/pages/{name}")
@public
def page_file(name: str, request: Request) -> Response:
    """Styles, scripts and drawings."""
    found = built_files().get(name)
    if found is None:
        raise Missing("file", name)
    return _answer(request, found)


def _answer(request: Request, file: BuiltFile) -> Response:
    headers = {"Cache-Control": file.cache, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.gzipped, media_type=file.media_type, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
