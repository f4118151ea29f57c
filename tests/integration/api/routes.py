"""All that the application answers to, so that a test can go everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from services.api.access import mark_of

ANY_UUID = "00000000-0000-0000-0000-00000000000a"


@dataclass(frozen=True, order=True)
class Route:
    """One method of one path, and the scopes that it asks for; None when it has no mark."""

    method: str
    path: str
    scopes: frozenset[str] | None

    def address(self, row: str = ANY_UUID) -> str:
        """The path with this id in place of every parameter but those that are names."""
        path = self.path.replace("{kind}", "frame").replace("{name}", "white").replace("{plate}", "AA11")
        return "/".join(row if part.startswith("{") else part for part in path.split("/"))


def routes_of(app: object) -> list[Route]:
    assert isinstance(app, FastAPI)
    return sorted(_walk(app.routes), key=lambda route: (route.path, route.method))


def _walk(routes: list[BaseRoute], prefix: str = "") -> Iterator[Route]:
    """However deep its routers lie."""
    for route in routes:
        if isinstance(route, APIRoute):
            mark = mark_of(route.endpoint)
            yield from (Route(method, prefix + route.path, mark) for method in sorted(route.methods or ()))
        else:
            inner = getattr(route, "original_router", None)
            assert isinstance(inner, APIRouter), f"{route} is not guarded"
            yield from _walk(inner.routes, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
