"""Nothing is open but what is meant to be: every route is tried by strangers, viewers and keys."""

from __future__ import annotations

import pytest

from services.api.access import SITE_WIDE
from services.api.pages.endpoints import PAGES
from shared.credentials import ROLE_SCOPES, Role, Scope
from tests.integration.api.gateway import Api, add_camera
from tests.integration.api.routes import Route, routes_of

OPEN = {
    *(("GET", address) for address in PAGES),
    ("GET", "/pages/{name}"),
    ("GET", "/api/v1/health"),
    ("POST", "/api/v1/session"),
    ("GET", "/api/v1/session/ways"),
    ("GET", "/api/v1/session/provider"),
    ("GET", "/api/v1/session/provider/callback"),
}

DOORS = {(method, path) for method in ("GET", "POST", "PUT") for path in ("/webapi", "/webapi/{command}")}
"""Open to the guard, because there no cookie counts: they have a door of their own."""


def closed(api: Api) -> list[Route]:
    return [route for route in routes_of(api.app_client.app) if (route.method, route.path) not in OPEN | DOORS]


def test_exactly_the_routes_that_are_meant_to_be_are_open(api: Api) -> None:
    routes = routes_of(api.app_client.app)
    assert len(routes) > 60
    assert {(route.method, route.path) for route in routes if "*" in (route.scopes or ())} == OPEN | DOORS
    assert [route for route in routes if route.scopes is None] == []


def test_every_other_route_refuses_a_stranger(api: Api) -> None:
    for route in closed(api):
        answer = api.stranger.request(route.method, route.address())
        assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_needed"), route


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer pw_guessed"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"X-API-Key": "' OR 1=1 --"},
        {"Cookie": "platewire=guessed"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
    ],
)
def test_made_up_credentials_open_nothing(api: Api, headers: dict[str, str]) -> None:
    for route in closed(api):
        answer = api.stranger.request(route.method, route.address(), headers=headers)
        assert answer.status_code == 401, route


def test_the_door_of_the_webapi_opens_to_no_stranger_and_to_no_cookie(api: Api) -> None:
    commands = ("search", "export", "import", "add", "remove", "list", "settings", "nothing")
    for client in (api.stranger, api.sign_in()):
        for method, path in sorted(DOORS):
            for command in commands:
                address = path.replace("{command}", command)
                answer = client.request(method, address, params={"command": command}, headers={"X-Platewire": "1"})
                assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_needed"), (method, address)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_a_role_gets_nowhere_beyond_its_scopes(api: Api, role: Role) -> None:
    made = {"name": "olena", "role": role, "password": "correct horse battery"}
    assert api.client.post("/api/v1/users", json=made).status_code == 201
    client = api.sign_in("olena")
    refused = [route for route in closed(api) if route.scopes and route.scopes - ROLE_SCOPES[role]]
    assert len(refused) > 25
    for route in refused:
        answer = client.request(route.method, route.address(), headers={"X-Platewire": "1"})
        assert (answer.status_code, answer.json()["error"]) == (403, "not_allowed"), route


def test_a_key_gets_nowhere_beyond_its_one_scope(api: Api) -> None:
    keys = {scope: api.as_key(scope) for scope in Scope}
    for route in closed(api):
        # The next scope in the list that the route does not content itself with.
        scope = next((one for one in Scope if route.scopes and route.scopes - {one}), None)
        if scope:
            answer = api.stranger.request(route.method, route.address(), headers=keys[scope])
            assert answer.status_code == 403, route


def test_a_key_that_is_limited_to_cameras_reaches_nothing_site_wide_whatever_its_scopes(api: Api) -> None:
    camera = add_camera(api)
    made = api.client.post("/api/v1/api-keys", json={"name": "gate", "scopes": ["*"], "cameras": [camera["id"]]})
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    for route in closed(api):
        if route.scopes and route.scopes & SITE_WIDE:
            answer = api.stranger.request(route.method, route.address(), headers=headers)
            assert answer.status_code == 403, route
    body = {"name": "Another", "source": {"kind": "upload"}}
    assert api.stranger.post("/api/v1/cameras", json=body, headers=headers).status_code == 403


def test_errors_tell_nothing_of_the_inside(api: Api) -> None:
    answer = api.client.get("/api/v1/events", params={"plate": "AA' OR '1'='1"})
    assert answer.status_code == 200
    for address in ("/api/v1/events/x", "/api/v1/nowhere", "/api/v1/cameras?x=%00"):
        text = api.client.get(address).text
        assert "Traceback" not in text
        assert "sqlalchemy" not in text.lower()
