"""Signing in: slow for who guesses, silent on who exists, and of no use to another site."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, update

from services.api.__main__ import server_config
from services.api.app import create_app
from services.api.sign_in import rate
from shared.db.session import transaction
from shared.db.tables import Audit, User
from shared.settings import from_environment
from tests.integration.api.gateway import PASSWORD, Api

WRONG = {"name": "admin", "password": "wrong wrong wrong"}


def attempt(api: Api, address: str = "10.0.0.1", **body: str) -> Response:
    client = TestClient(api.app_client.app, base_url="http://platewire.test", client=(address, 50_000))
    return client.post("/api/v1/session", json=WRONG | body)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that counting goes by, held at a full hour; a test moves it."""
    at = [1_800_000_000.0]
    monkeypatch.setattr("services.api.sign_in.rate.time.time", lambda: at[0])
    return at


@pytest.mark.parametrize(("pause", "tries", "after"), [(0, 1, 1), (2, 5, 50), (61, 20, 2380)])
def test_one_address_tries_once_a_second_five_times_a_minute_twenty_times_an_hour(
    api: Api, clock: list[float], pause: int, tries: int, after: int
) -> None:
    statuses = []
    for _ in range(tries + 1):
        # The lock of the account has a test of its own.
        answer = attempt(api, name="nobody")
        statuses.append(answer.status_code)
        clock[0] += pause
    assert statuses == [401] * tries + [429]
    assert answer.headers["retry-after"] == str(after)
    assert attempt(api, "10.0.0.2", name="nobody").status_code == 401


def test_who_signs_in_well_is_not_slowed_down(api: Api, clock: list[float]) -> None:
    assert [attempt(api, password=PASSWORD).status_code for _ in range(8)] == [200] * 8
    assert attempt(api).status_code == 401
    assert attempt(api, password=PASSWORD).status_code == 429


def test_addresses_of_one_subscriber_count_as_one(api: Api, clock: list[float]) -> None:
    assert attempt(api, "2001:db8:1:2::1").status_code == 401
    assert attempt(api, "2001:db8:1:2:ffff::9").status_code == 429
    assert attempt(api, "2001:db8:1:3::1").status_code == 401


def test_counters_end_by_themselves(api: Api) -> None:
    counted = rate.count(api.site.events, "10.0.0.1")
    assert len(counted) == 3
    assert all(0 < api.site.events.ttl(key) <= 3600 + rate.SLACK for key in counted)
    rate.forgive(api.site.events, [*counted, "sign-in:gone"])
    assert not api.site.events.exists("sign-in:gone")


def test_without_redis_signing_in_still_works(api: Api) -> None:
    away = api.app_client.app.state.platewire.events  # type: ignore[attr-defined]
    away.connection_pool.connection_kwargs["path"] = "/nowhere.sock"
    away.connection_pool.disconnect()
    assert attempt(api, password=PASSWORD).status_code == 200


def test_the_answer_is_the_same_for_every_reason(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(api.site.engine) as session:
        session.execute(update(User).where(User.name == "guard").values(enabled=False))
        session.add(User(name="olena", role="viewer", password_hash="", oidc_subject="x|1"))
    for _ in range(10):
        api.site.events.flushall()
        attempt(api)
    work: list[str] = []
    verify = PasswordHasher.verify

    def counted(own: PasswordHasher, stored: str, given: str) -> bool:
        work.append(stored)
        return verify(own, stored, given)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    reasons = {
        "unknown": {"name": "nobody"},
        "wrong": {"name": "guard"},
        "disabled": {"name": "guard", "password": PASSWORD},
        "locked": {"password": PASSWORD},
        "locked and wrong": {},
        "of the provider": {"name": "olena", "password": ""},
        "nothing": {"name": "", "password": ""},
    }
    answers = []
    for body in reasons.values():
        api.site.events.flushall()
        answers.append(attempt(api, **body))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert {"set-cookie" in answer.headers for answer in answers} == {False}
    # The same work, so the same time: one verification each, of a hash with the same parameters.
    assert len(work) == len(reasons)
    assert {stored.rsplit("$", 2)[0] for stored in work} == {"$argon2id$v=19$m=19456,t=2,p=1"}


def test_a_name_that_no_table_can_hold_is_refused_before_anybody_is_looked_for(api: Api) -> None:
    refused = attempt(api, name="guard\0")
    assert (refused.status_code, refused.json()["field"]) == (422, "name")


def test_a_lock_is_told_in_the_audit_log_and_only_there(api: Api) -> None:
    for _ in range(11):
        api.site.events.flushall()
        assert attempt(api).json()["error"] == "sign_in_needed"
    with transaction(api.site.engine) as session:
        actions = [row.action for row in session.scalars(select(Audit).order_by(Audit.id))]
    assert actions == ["sign_in.failed"] * 9 + ["sign_in.locked", "sign_in.failed", "sign_in.failed"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_another_site_cannot_sign_anybody_in(api: Api, content_type: str) -> None:
    body = f'{{"name": "admin", "password": "{PASSWORD}"}}'
    answer = api.stranger.post("/api/v1/session", content=body, headers={"Content-Type": content_type})
    assert answer.status_code in (400, 422)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_change_goes_by_the_cookie_alone(api: Api, method: str) -> None:
    client = api.sign_in()
    for address in ("/api/v1/lists", "/api/v1/users", "/api/v1/provider", "/api/v1/session/password"):
        answer = client.request(method, address, json={})
        assert answer.status_code in (403, 405), (method, address)
    assert client.get("/api/v1/session").status_code == 200


def test_the_cookie_cannot_be_set_from_a_neighbour_host(api: Api) -> None:
    client = TestClient(api.app_client.app, base_url="https://platewire.test")
    cookie = client.post("/api/v1/session", json={"name": "admin", "password": PASSWORD}).headers["set-cookie"]
    parts = {part.strip().lower().split("=")[0] for part in cookie.split(";")}
    assert cookie.startswith("__Host-platewire=")
    assert {"secure", "httponly", "path"} <= parts
    assert "domain" not in parts
    assert "samesite=strict" in cookie.lower()
    token = client.cookies["__Host-platewire"]
    gone = client.delete("/api/v1/session", headers={"X-Platewire": "1"}).headers["set-cookie"]
    assert "max-age=0" in gone.lower()
    assert "secure" in gone.lower()
    plain = api.stranger.get("/api/v1/session", headers={"Cookie": f"platewire-x={token}"})
    assert plain.status_code == 401


@contextmanager
def served(api: Api, monkeypatch: pytest.MonkeyPatch, **variables: str) -> Iterator[str]:
    """The application as `python -m services.api` serves it."""
    settings = api.site.settings
    values = {
        "DATABASE_URL": settings.database_url,
        "REDIS_EVENTS_URL": settings.redis_events_url,
        "REDIS_FRAMES_URL": settings.redis_frames_url,
        "PLATEWIRE_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    for name, value in (values | variables).items():
        monkeypatch.setenv(name, value)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(server_config(create_app(from_environment()), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1/session"
    server.should_exit = True
    thread.join(15)
    listener.close()


@pytest.mark.parametrize(
    ("proxy", "told", "believed"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.0/8", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.9.9.9", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_says_where_a_client_is(
    api: Api, monkeypatch: pytest.MonkeyPatch, proxy: str, told: str, believed: str
) -> None:
    with served(api, monkeypatch, PLATEWIRE_PROXY=proxy) as address:
        httpx.post(address, json=WRONG, headers={"X-Forwarded-For": told}, timeout=20)
    with transaction(api.site.engine) as session:
        assert [row.detail["from"] for row in session.scalars(select(Audit))] == [believed]
