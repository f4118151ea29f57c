"""API keys: bound to scopes, networks, cameras and time; rotated without a gap and dead at once when taken away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shared.clock import now
from tests.integration.api.gateway import Api

ME = "/api/v1/session"


def make(api: Api, **asked: object) -> tuple[int, Any]:
    answer = api.client.post("/api/v1/api-keys", json={"name": "parking", "scopes": ["events:read"]} | asked)
    return answer.status_code, answer.json()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def status_from(api: Api, address: str, key: str) -> int:
    client = TestClient(api.app_client.app, base_url="http://platewire.test", client=(address, 50_000))
    return client.get(ME, headers=bearer(key)).status_code


def row(api: Api, name: str = "parking") -> dict[str, Any]:
    keys = api.client.get("/api/v1/api-keys").json()["api_keys"]
    found: dict[str, Any] = next(key for key in keys if key["name"] == name)
    return found


@pytest.mark.parametrize(
    ("networks", "inside", "outside"),
    [
        (["10.0.3.0/24"], ["10.0.3.1", "10.0.3.255"], ["10.0.4.1", "::1", "testclient"]),
        (["10.0.3.21"], ["10.0.3.21"], ["10.0.3.22"]),
        (["10.0.3.21/24", "fd00:1::/64"], ["10.0.3.9", "fd00:1::5"], ["fd00:2::5", "::ffff:10.0.3.9"]),
    ],
)
def test_a_key_works_only_from_its_networks(
    api: Api, networks: list[str], inside: list[str], outside: list[str]
) -> None:
    _, made = make(api, addresses=networks)
    assert [status_from(api, address, made["key"]) for address in inside] == [200] * len(inside)
    assert [status_from(api, address, made["key"]) for address in outside] == [401] * len(outside)


@pytest.mark.parametrize(
    "asked",
    [
        {"addresses": ["10.0.3.0/99"]},
        {"addresses": ["gate.example"]},
        {"scopes": []},
        {"scopes": ["events:eat"]},
        {"cameras": ["00000000-0000-0000-0000-00000000000a"]},
        {"expires_at": "2030-01-01T00:00:00"},
        {"expires_at": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(api: Api, asked: dict[str, object]) -> None:
    assert make(api, **asked)[0] == 422
    assert len(api.client.get("/api/v1/api-keys").json()["api_keys"]) == 1


def test_a_key_cannot_make_one_with_more_than_it_has(api: Api) -> None:
    soon, later = now() + timedelta(hours=1), now() + timedelta(hours=2)
    limits: dict[str, object] = {"expires_at": soon.isoformat(), "addresses": ["10.0.0.0/8"]}
    _, made = make(api, name="maker", scopes=["*"], **limits)
    client = TestClient(api.app_client.app, base_url="http://platewire.test", client=("10.1.1.1", 50_000))

    def statuses(**asked: object) -> int:
        body = {"name": "child", "scopes": ["events:read"]} | limits | asked
        return client.post("/api/v1/api-keys", json=body, headers=bearer(made["key"])).status_code

    assert statuses(expires_at=None) == 403
    assert statuses(expires_at=later.isoformat()) == 403
    assert statuses(addresses=[]) == 403
    assert statuses(addresses=["10.0.0.0/7"]) == 403
    assert statuses(addresses=["10.2.0.0/16", "::/0"]) == 403
    assert statuses(addresses=["10.2.0.0/16"]) == 201


@pytest.mark.parametrize("scopes", [["events:read"], ["audit:read", "lists:write"]])
def test_a_key_without_every_scope_makes_none(api: Api, scopes: list[str]) -> None:
    body = {"name": "child", "scopes": scopes}
    assert api.stranger.post("/api/v1/api-keys", json=body, headers=api.as_key(*scopes)).status_code == 403


def test_a_rotated_key_works_beside_the_new_one_for_the_grace_only(api: Api) -> None:
    _, made = make(api)
    address = f"/api/v1/api-keys/{row(api)['id']}/rotate"
    second = api.client.post(address, json={"grace_minutes": 5}).json()["key"]
    assert [status_from(api, "10.0.0.1", key) for key in (made["key"], second)] == [200, 200]
    assert row(api)["previous_until"]
    third = api.client.post(address, json={}).json()["key"]
    assert [status_from(api, "10.0.0.1", key) for key in (made["key"], second, third)] == [401, 401, 200]
    assert row(api)["previous_until"] is None


def test_a_key_tells_who_made_it_and_when_it_was_used(api: Api) -> None:
    api.sign_in("admin").post("/api/v1/api-keys", json={"name": "x", "scopes": ["*"]}, headers={"X-Platewire": "1"})
    _, made = make(api)
    assert row(api)["last_used_at"] is None
    status_from(api, "10.0.0.1", made["key"])
    assert row(api)["last_used_at"]
    assert (row(api)["made_by"], row(api, "x")["made_by"]) == ("key:everything", "user:admin")
    assert made["key"] not in api.client.get("/api/v1/api-keys").text


def test_a_deleted_key_is_dead_also_its_secret_before_the_rotation(api: Api) -> None:
    _, made = make(api)
    key_id = row(api)["id"]
    second = api.client.post(f"/api/v1/api-keys/{key_id}/rotate", json={"grace_minutes": 60}).json()["key"]
    assert api.client.delete(f"/api/v1/api-keys/{key_id}").status_code == 204
    assert [status_from(api, "10.0.0.1", key) for key in (made["key"], second)] == [401, 401]
    assert api.client.post(f"/api/v1/api-keys/{key_id}/rotate", json={}).status_code == 404
