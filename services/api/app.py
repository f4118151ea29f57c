"""Puts the gateway together: one guard before everything, one shape of error, one folder a resource."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute

from services.api import description, errors
from services.api.about.endpoints import router as about
from services.api.access import allow, guard
from services.api.api_keys.endpoints import router as api_keys
from services.api.audit.endpoints import router as audit
from services.api.backup.endpoints import router as backup
from services.api.cameras.endpoints import router as cameras
from services.api.commands.endpoints import router as commands
from services.api.corrections.endpoints import router as corrections
from services.api.decisions.endpoints import router as decisions
from services.api.deliveries.endpoints import router as deliveries
from services.api.deps import State
from services.api.destinations.endpoints import router as destinations
from services.api.distribution.endpoints import router as distribution
from services.api.errors import Problem
from services.api.events.endpoints import router as events
from services.api.exports.endpoints import router as exports
from services.api.headers import SecurityHeaders
from services.api.health.endpoints import router as health
from services.api.ingest.endpoints import router as ingest
from services.api.lists.endpoints import router as lists
from services.api.live.endpoints import router as live
from services.api.meta.connection import router as meta_connection
from services.api.meta.endpoints import router as meta
from services.api.metrics.endpoints import router as metrics
from services.api.mirrors.endpoints import router as mirrors
from services.api.notes.endpoints import router as notes
from services.api.oidc.endpoints import router as oidc
from services.api.onvif.endpoints import router as onvif
from services.api.pages.endpoints import router as pages
from services.api.people.endpoints import router as people
from services.api.reactions.endpoints import router as reactions
from services.api.reading.endpoints import router as reading
from services.api.retention.endpoints import router as retention
from services.api.searches.endpoints import router as searches
from services.api.sign_in.endpoints import router as sign_in
from services.api.sign_in.own_account import router as own_account
from services.api.site.endpoints import router as site
from services.api.statistics.endpoints import router as statistics
from services.api.tags.endpoints import router as tags
from services.api.transfer.endpoints import router as transfer
from services.api.visits.endpoints import router as visits
from services.api.webapi.call import Keeper
from services.api.webapi.endpoints import router as webapi
from services.api.webapi.refusals import install as install_refusals
from shared.settings import Settings

MAX_JSON = 1024 * 1024
_RESOURCES = (
    sign_in,
    own_account,
    oidc,
    people,
    api_keys,
    audit,
    backup,
    cameras,
    onvif,
    # Before the events, whose ids would take its name for one of theirs.
    distribution,
    events,
    searches,
    exports,
    statistics,
    corrections,
    notes,
    tags,
    visits,
    decisions,
    live,
    lists,
    transfer,
    mirrors,
    meta,
    meta_connection,
    reactions,
    destinations,
    deliveries,
    commands,
    reading,
    ingest,
    health,
    site,
    retention,
    about,
)


class Gateway(FastAPI):
    """FastAPI whose description of itself also tells what holds for all operations."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = description.complete(super().openapi(), self)
        return self.openapi_schema


def create_app(settings: Settings) -> FastAPI:
    """The application; its servers are opened when it starts and closed when it ends."""

    @asynccontextmanager
    async def servers(app: FastAPI) -> AsyncIterator[None]:
        app.state.platewire = State.open(settings)
        yield
        app.state.platewire.close()

    app = Gateway(
        title="Platewire",
        version=description.VERSION,
        description=description.TEXT,
        lifespan=servers,
        dependencies=[Depends(guard)],
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=_operation_id,
        responses={"default": {"model": Problem, "description": "One sentence says what is wrong"}},
    )
    errors.install(app)
    install_refusals(app)
    app.state.webapi = Keeper(settings.secret_key.get_secret_value())
    app.add_middleware(SecurityHeaders)
    app.include_router(pages)
    # At the root, where Prometheus looks unless it is told otherwise.
    app.include_router(metrics)
    app.include_router(webapi)
    app.include_router(_resources(), prefix="/api/v1")
    return app


def _resources() -> APIRouter:
    # On the router, not on the application: there the refusal would leave without our headers and shape.
    together = APIRouter(max_body_size=MAX_JSON)
    for resource in _RESOURCES:
        together.include_router(resource)
    together.add_api_route("/openapi.json", _openapi, include_in_schema=False)
    return together


@allow()
def _openapi(request: Request) -> dict[str, Any]:
    """The description of this API, OpenAPI 3.1."""
    description: dict[str, Any] = request.app.openapi()
    return description


def _operation_id(route: APIRoute) -> str:
    return route.name
