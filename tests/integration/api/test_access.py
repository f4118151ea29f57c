"""Who gets in: nobody without credentials, and nobody beyond their scopes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from services.api.app import create_app
from services.api.pages.built_files import built_files
from shared.clock import now
from shared.credentials import create_api_key, token_hash
from shared.db.session import transaction
from shared.db.tables import Audit, LoginSession, User
from shared.testing import Site
from tests.integration.api.gateway import PASSWORD, Api


def test_a_route_without_a_mark_is_closed_even_to_an_admin(site: Site) -> None:
    app = create_app(site.settings)
    app.add_api_route("/api/v1/forgotten", lambda: {"secret": 1})
    with transaction(site.engine) as session:
        key = create_api_key(session, "everything", ["*"])
    with TestClient(app) as client:
        answer = client.get("/api/v1/forgotten", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_a_key_opens_only_what_its_scopes_name(api: Api) -> None:
    headers = api.as_key("events:read")
    assert api.stranger.get("/api/v1/events", headers=headers).status_code == 200
    refused = api.stranger.get("/api/v1/cameras", headers=headers)
    assert refused.status_code == 403
    assert "cameras:read" in refused.json()["detail"]


def test_a_key_may_also_come_as_x_api_key(api: Api) -> None:
    assert api.stranger.get("/api/v1/session", headers={"X-API-Key": api.key}).json()["name"] == "everything"


def test_an_expired_key_is_refused(api: Api) -> None:
    with transaction(api.site.engine) as session:
        key = create_api_key(session, "old", ["*"], now() - timedelta(seconds=1))
    assert api.stranger.get("/api/v1/events", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_only_who_holds_every_scope_makes_keys_and_a_deleted_key_is_dead(api: Api) -> None:
    body = {"name": "scraper", "scopes": ["metrics:read"]}
    assert api.stranger.post("/api/v1/api-keys", json=body, headers=api.as_key("events:read")).status_code == 403
    made = api.client.post("/api/v1/api-keys", json=body)
    assert made.status_code == 201
    assert api.client.post("/api/v1/api-keys", json=body).status_code == 409
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    assert api.stranger.get("/metrics").status_code == 401
    assert api.stranger.get("/metrics", headers=headers).status_code == 200
    assert api.stranger.get("/api/v1/cameras", headers=headers).status_code == 403
    keys = api.client.get("/api/v1/api-keys").json()["api_keys"]
    assert made.json()["key"] not in str(keys)
    key_id = next(key["id"] for key in keys if key["name"] == "scraper")
    assert api.client.delete(f"/api/v1/api-keys/{key_id}").status_code == 204
    assert api.stranger.get("/metrics", headers=headers).status_code == 401


def test_an_unknown_scope_is_named(api: Api) -> None:
    answer = api.client.post("/api/v1/api-keys", json={"name": "x", "scopes": ["events:eat"]})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Unknown scope events:eat")


def test_signing_in_sets_a_strict_cookie_and_signing_out_ends_it(api: Api) -> None:
    answer = api.stranger.post("/api/v1/session", json={"name": "admin", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Secure" not in cookie
    assert answer.json()["role"] == "admin"
    assert api.app_client.get("/api/v1/session").json()["name"] == "admin"
    token = api.app_client.cookies["platewire"]
    assert api.app_client.delete("/api/v1/session", headers={"X-Platewire": "1"}).status_code == 204
    api.app_client.cookies.set("platewire", token)
    assert api.app_client.get("/api/v1/session").status_code == 401


def test_over_tls_the_cookie_is_bound_to_the_host(api: Api) -> None:
    client = TestClient(api.app_client.app, base_url="https://platewire.test")
    answer = client.post("/api/v1/session", json={"name": "admin", "password": PASSWORD})
    assert answer.headers["set-cookie"].startswith("__Host-platewire=")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]
    assert client.get("/api/v1/session").status_code == 200


def test_a_change_by_cookie_needs_the_header_that_other_sites_cannot_send(api: Api) -> None:
    client = api.sign_in()
    forged = client.post("/api/v1/lists", json={"name": "Staff"})
    assert forged.status_code == 403
    assert "X-Platewire" in forged.json()["detail"]
    assert client.post("/api/v1/lists", json={"name": "Staff"}, headers={"X-Platewire": "1"}).status_code == 201


def test_a_viewer_sees_and_changes_nothing(api: Api) -> None:
    client = api.sign_in("guard")
    assert client.get("/api/v1/events").status_code == 200
    headers = {"X-Platewire": "1"}
    assert client.post("/api/v1/lists", json={"name": "Staff"}, headers=headers).status_code == 403
    assert client.get("/api/v1/destinations").status_code == 403


@pytest.mark.parametrize(("column", "ago"), [("last_used_at", 31), ("expires_at", 1)])
def test_a_session_ends_when_idle_and_in_any_case(api: Api, column: str, ago: int) -> None:
    client = api.sign_in()
    hashed = token_hash(client.cookies["platewire"])
    with transaction(api.site.engine) as session:
        change = {column: now() - timedelta(minutes=ago)}
        session.execute(update(LoginSession).where(LoginSession.token_hash == hashed).values(**change))
    assert client.get("/api/v1/session").status_code == 401


def test_a_disabled_user_is_out_at_once(api: Api) -> None:
    client = api.sign_in()
    with transaction(api.site.engine) as session:
        session.execute(update(User).values(enabled=False))
    assert client.get("/api/v1/session").status_code == 401


def attempt(api: Api, name: str, password: str) -> tuple[int, str]:
    api.site.events.flushall()
    answer = api.stranger.post("/api/v1/session", json={"name": name, "password": password})
    return answer.status_code, answer.json().get("detail", "")


def test_ten_failures_lock_a_user_for_a_quarter_of_an_hour_without_saying_so(api: Api) -> None:
    for _ in range(10):
        assert attempt(api, "admin", "wrong")[0] == 401
    assert attempt(api, "admin", PASSWORD) == attempt(api, "nobody", "wrong")
    with transaction(api.site.engine) as session:
        session.execute(update(User).values(locked_until=now() - timedelta(seconds=1)))
    assert attempt(api, "admin", PASSWORD)[0] == 200


def test_the_audit_tells_who_came_and_what_they_changed(api: Api) -> None:
    attempt(api, "admin", "wrong")
    client = api.sign_in()
    client.post("/api/v1/lists", json={"name": "Staff"}, headers={"X-Platewire": "1"})
    with transaction(api.site.engine) as session:
        rows = [(row.actor, row.action, row.subject) for row in session.scalars(select(Audit).order_by(Audit.id))]
    assert rows == [
        ("user:admin", "sign_in.failed", "admin"),
        ("user:admin", "sign_in", "admin"),
        ("user:admin", "list.add", "Staff"),
    ]


def test_every_answer_carries_the_security_headers(api: Api) -> None:
    for address in ("/sign-in", "/api/v1/health", "/api/v1/events", "/nowhere"):
        headers = api.stranger.get(address).headers
        assert headers["content-security-policy"].startswith("default-src 'self'"), address
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_every_page_is_one_document_and_a_mistyped_address_of_the_api_is_none(api: Api) -> None:
    pages = {api.stranger.get(address).text for address in ("/", "/sign-in", "/settings/lists", "/plates/AB12CD")}
    assert len(pages) == 1
    assert "/pages/theme.js" in pages.pop()
    assert api.stranger.get("/api/v1/event").status_code in {401, 404}
    assert "<html" not in api.client.get("/api/v1/event").text


def test_files_of_the_pages_are_kept_by_the_hash_in_their_name_and_sent_compressed(api: Api) -> None:
    script = next(name for name in built_files() if name.startswith("App-") and name.endswith(".js"))
    answer = api.stranger.get(f"/pages/{script}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (answer.headers["content-encoding"], answer.headers["content-type"]) == (
        "gzip",
        "text/javascript; charset=utf-8",
    )
    plain = api.stranger.get(f"/pages/{script}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text
    assert api.stranger.get("/pages/nothing.js").status_code == 404


def test_the_description_of_the_api_is_for_those_who_are_in(api: Api) -> None:
    described = api.client.get("/api/v1/openapi.json").json()
    operations = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert len(operations) == len(set(operations))
    assert {"list_events", "read_picture", "resend_delivery"} <= set(operations)
    closed = [one for path in described["paths"].values() for one in path.values() if one["security"]]
    assert len(closed) > 70
    assert all({"401", "403"} <= one["responses"].keys() for one in closed)
