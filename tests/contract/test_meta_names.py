"""The two ends of Meta know nothing of each other: what the one calls things by is what the other serves."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.api.meta import connection, wire
from services.integrations.numberok_meta.lists import Entry

ROOT = Path(__file__).parents[2]
PROFILE: dict[str, Any] = tomllib.loads(
    (ROOT / "services" / "integrations" / "numberok_meta" / "profile.toml").read_text(encoding="utf-8")
)


def fields(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def names(table: str) -> set[str]:
    return set(PROFILE[table].values())


def test_every_document_has_the_names_of_the_profile() -> None:
    assert names("registration") == fields(wire.Registration)
    assert names("source") == fields(wire.Source)
    assert names("heartbeat") == fields(wire.Heartbeat)
    assert names("state") == fields(wire.SourceState)
    assert names("beat") <= fields(wire.Beat)
    answers = fields(wire.GrantedLists) | fields(wire.Pages) | fields(wire.Page) | fields(wire.PageOut)
    assert names("lists") <= answers | {"before"}
    assert fields(Entry) == fields(wire.Entry)
    assert PROFILE["protocol"] in wire.Registration.model_fields["protocol"].annotation.__args__  # type: ignore[union-attr]


def test_every_path_is_served_with_its_method() -> None:
    routes = [route for route in connection.router.routes if isinstance(route, APIRoute)]
    served = {
        (f"/api/v1{one.path}".replace("{list_id}", "{list}"), method) for one in routes for method in one.methods or ()
    }
    asked = {(path, PROFILE["methods"].get(what, "GET")) for what, path in PROFILE["paths"].items()}
    assert asked == served


def test_the_protocol_is_described_with_these_names() -> None:
    page = (ROOT / "docs" / "meta.md").read_text(encoding="utf-8")
    for path in PROFILE["paths"].values():
        assert f"`{path.removeprefix('/api/v1/meta')}`" in page, path
    for table in ("registration", "source", "heartbeat", "state", "beat", "event"):
        for name in names(table):
            assert f"`{name}`" in page, name
