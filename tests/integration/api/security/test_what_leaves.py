"""What leaves the house: headers on every answer, no secret in any, and nothing for other sites."""

from __future__ import annotations

import pytest

from services.api.headers import POLICY
from tests.integration.api.gateway import PASSWORD, Api, add_camera
from tests.integration.api.routes import routes_of

PLANTED = {
    "camera": "hunter2",
    "destination": "receiver-s3cret",
    "provider": "provider-s3cret",
    "password": PASSWORD,
}


def plant(api: Api) -> list[str]:
    """Secrets in every place that takes one; returns the ids of the rows."""
    camera = add_camera(api, "Gate in")
    settings = {"url": "http://10.0.0.9/in", "password": PLANTED["destination"]}
    body = {"name": "Cloud", "kind": "json_http", "settings": settings}
    destination = api.client.post("/api/v1/destinations", json=body)
    assert destination.status_code == 201, destination.text
    provider = {
        "issuer": "https://login.example",
        "client_id": "platewire",
        "client_secret": PLANTED["provider"],
        "redirect_uri": "https://platewire.test/api/v1/session/provider/callback",
    }
    assert api.client.put("/api/v1/provider", json=provider).status_code == 200
    users = api.client.get("/api/v1/users").json()["users"]
    keys = api.client.get("/api/v1/api-keys").json()["api_keys"]
    rows = [camera, destination.json(), *users, *keys]
    return [str(row["id"]) for row in rows]


def test_no_answer_holds_a_secret(api: Api) -> None:
    ids = plant(api)
    looked_at = 0
    for route in routes_of(api.app_client.app):
        if route.method != "GET" or route.path.endswith(("/live", "/provider", "/callback")):
            continue
        for row in ids if "_id}" in route.path else ids[:1]:
            text = api.client.get(route.address(row)).text
            looked_at += 1
            assert [name for name, secret in PLANTED.items() if secret in text] == [], route
            assert api.key not in text
            assert "$argon2" not in text
    assert looked_at > 40
    assert api.client.get("/api/v1/provider").json()["client_secret"] == "********"


def test_no_secret_reaches_the_audit_log_or_redis(api: Api) -> None:
    plant(api)
    exported = api.client.get("/api/v1/audit/export?format=jsonl").text
    assert '"provider.change"' in exported
    assert [name for name, secret in PLANTED.items() if secret in exported] == []
    kept = b" ".join(bytes(key) for key in api.site.events.scan_iter("*"))
    assert b"s3cret" not in kept


# They hold nothing of the site: a browser may keep them and ask whether they are still the same.
PAGE_FILES = {"/", "/sign-in", "/pages/theme.js"}


@pytest.mark.parametrize(
    "address",
    ["/", "/sign-in", "/pages/theme.js", "/api/v1/health", "/api/v1/events", "/nowhere", "/api/v1/session/ways"],
)
def test_every_answer_carries_the_headers(api: Api, address: str) -> None:
    headers = api.stranger.get(address, follow_redirects=False).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers
    assert headers["cache-control"] == ("no-cache" if address in PAGE_FILES else "no-store")


def test_the_policy_lets_nothing_run_that_is_not_a_file_of_ours() -> None:
    rules = {rule.split()[0]: rule.split()[1:] for rule in POLICY.split("; ")}
    assert rules["default-src"] == ["'self'"]
    assert "script-src" not in rules
    assert rules["object-src"] == rules["base-uri"] == ["'none'"]
    assert rules["frame-ancestors"] == rules["form-action"] == ["'self'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & {source for sources in rules.values() for source in sources}


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_another_site_may_read_nothing(api: Api, origin: str) -> None:
    client = api.sign_in()
    answer = client.get("/api/v1/events", headers={"Origin": origin})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-platewire"}
    preflight = client.options("/api/v1/lists", headers=asked)
    assert not [name for name in preflight.headers if name.startswith("access-control")]
