"""Signing in at a provider, over real HTTP on loopback: who is let in as what, and which lies are seen through."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, update

from shared.db.session import transaction
from shared.db.tables import Audit, SiteSetting, User
from tests.integration.api.gateway import PASSWORD, Api, add_camera
from tests.simulators.oidc_provider import CLIENT, SECRET, OidcProvider

CALLBACK = "http://platewire.test/api/v1/session/provider/callback"
START = "/api/v1/session/provider"


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with OidcProvider() as running:
        yield running


def settings(provider: OidcProvider, **changes: object) -> dict[str, object]:
    return {
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uri": CALLBACK,
        "roles": {"gate": "viewer", "office": "operator", "it": "admin"},
    } | changes


def set_up(api: Api, provider: OidcProvider, **changes: object) -> None:
    answer = api.client.put("/api/v1/provider", json=settings(provider, **changes))
    assert answer.status_code == 200, answer.text


def at_the_provider(api: Api) -> str:
    """Goes to the provider and agrees there; returns where the browser is sent back to."""
    away = api.stranger.get(START, follow_redirects=False)
    assert away.status_code == 303, away.text
    back = httpx.get(away.headers["location"])
    assert back.status_code == 302
    return back.headers["location"]


def come_back(client: TestClient, address: str) -> Response:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(api: Api) -> Response:
    return come_back(api.app_client, at_the_provider(api))


def test_a_person_of_the_provider_comes_in_with_the_role_of_the_claim(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    assert api.stranger.get("/api/v1/session/ways").json() == {"password": True, "provider": "Company account"}
    answer = sign_in(api)
    assert answer.status_code == 200
    assert 'content="0;url=/"' in answer.text
    me = api.app_client.get("/api/v1/session").json()
    assert (me["name"], me["role"], me["cameras"]) == ("olena", "viewer", None)
    provider.claims["roles"] = ["gate", "office"]
    assert sign_in(api).status_code == 200
    assert api.app_client.get("/api/v1/session").json()["role"] == "operator"
    with transaction(api.site.engine) as session:
        rows = session.scalars(select(Audit).where(Audit.actor == "user:olena"))
        assert [row.action for row in rows] == ["sign_in", "sign_in"]


@pytest.mark.parametrize(
    "fault",
    [
        "signature",
        "nonce",
        "expired",
        "not yet",
        "audience",
        "another client",
        "issuer",
        "no subject",
        "none",
        "symmetric",
        "unknown key",
    ],
)
def test_a_token_that_lies_opens_nothing(api: Api, provider: OidcProvider, fault: str) -> None:
    set_up(api, provider)
    provider.fault = fault
    answer = sign_in(api)
    assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_needed")
    assert api.app_client.get("/api/v1/session").status_code == 401
    with transaction(api.site.engine) as session:
        assert session.scalar(select(User).where(User.oidc_subject.is_not(None))) is None
        assert [row.action for row in session.scalars(select(Audit)) if row.actor == "provider"] == ["sign_in.failed"]


def test_an_answer_that_was_not_asked_for_here_is_refused(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    address = at_the_provider(api)
    # Not as a context: that would start the application a second time.
    another_browser = TestClient(api.app_client.app, base_url="http://platewire.test")
    assert come_back(another_browser, address).status_code == 401
    code = parse_qs(urlsplit(address).query)["code"][0]
    assert api.app_client.get(f"{START}/callback?code={code}&state=guessed").status_code == 401
    assert come_back(api.app_client, address).status_code == 200
    assert come_back(api.app_client, address).status_code == 401


def test_the_providers_own_refusal_is_told_without_its_text(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    state = parse_qs(urlsplit(at_the_provider(api)).query)["state"][0]
    answer = api.app_client.get(f"{START}/callback?error=access_denied&state={state}")
    assert answer.json()["detail"].endswith("access_denied")
    answer = api.app_client.get(f"{START}/callback?error=%3Cscript%3E&state={state}")
    assert "script" not in answer.text


def test_a_provider_that_is_down_is_told_in_one_sentence(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    address = at_the_provider(api)
    provider.__exit__()
    away = api.app_client.get(START)
    back = come_back(api.app_client, address)
    assert [(one.status_code, one.json()["error"]) for one in (away, back)] == [(503, "nobody_answers")] * 2
    assert api.client.post("/api/v1/provider/check").json()["ok"] is False


def test_a_provider_that_names_another_issuer_is_not_believed(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    assert api.client.post("/api/v1/provider/check").json() == {"ok": True, "sentence": "The provider answers"}
    provider.named_issuer = "https://elsewhere.example"
    assert api.stranger.get(START, follow_redirects=False).status_code == 401


@pytest.mark.parametrize(
    ("page", "body"),
    [
        (".well-known/openid-configuration", b"not json"),
        (".well-known/openid-configuration", b"[" * 200_000),
        (".well-known/openid-configuration", b'"text"'),
        (".well-known/openid-configuration", b"x" * 10_000_000),
        ("keys", b'{"keys": "none"}'),
        ("keys", b'{"keys": [1, {"kty": "RSA"}]}'),
        ("keys", b"{}"),
    ],
    ids=["no json", "deep", "text", "endless", "keys as text", "broken keys", "no keys"],
)
def test_a_provider_that_talks_nonsense_opens_nothing(api: Api, provider: OidcProvider, page: str, body: bytes) -> None:
    set_up(api, provider)
    address = at_the_provider(api)
    provider.nonsense[page] = body
    assert come_back(api.app_client, address).status_code == 401


def test_who_has_no_role_here_stays_out_and_loses_what_was_open(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    assert sign_in(api).status_code == 200
    token = api.app_client.cookies["platewire"]
    provider.claims["roles"] = ["canteen"]
    assert sign_in(api).status_code == 401
    api.app_client.cookies.set("platewire", token)
    assert api.app_client.get("/api/v1/session").status_code == 401


def test_a_disabled_user_stays_out_whatever_the_provider_says(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    sign_in(api)
    users = api.client.get("/api/v1/users").json()["users"]
    user_id = next(user["id"] for user in users if user["provider"])
    assert api.client.patch(f"/api/v1/users/{user_id}", json={"enabled": False}).status_code == 200
    assert sign_in(api).status_code == 401


def test_nobody_takes_over_a_user_of_ours_by_bearing_the_name(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    provider.claims |= {"preferred_username": "admin", "roles": ["it"]}
    assert sign_in(api).status_code == 409
    assert api.app_client.get("/api/v1/session").status_code == 401


def test_a_claim_does_not_take_the_right_from_the_last_admin(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    provider.claims["roles"] = ["it"]
    assert sign_in(api).status_code == 200
    with transaction(api.site.engine) as session:
        session.execute(update(User).where(User.name == "admin").values(enabled=False))
    provider.claims["roles"] = ["gate"]
    assert sign_in(api).status_code == 200
    assert api.app_client.get("/api/v1/session").json()["role"] == "admin"
    with transaction(api.site.engine) as session:
        kept = session.scalars(select(Audit).where(Audit.action == "user.keep_admin")).one()
        assert (kept.subject, kept.detail) == ("olena", {"told": "viewer"})
        session.execute(update(User).where(User.name == "admin").values(enabled=True))
    assert sign_in(api).status_code == 200
    assert api.app_client.get("/api/v1/session").json()["role"] == "viewer"


def test_who_signs_in_at_the_provider_has_no_password_here(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    sign_in(api)
    users = api.client.get("/api/v1/users").json()["users"]
    user_id = next(user["id"] for user in users if user["provider"])
    assert api.client.put(f"/api/v1/users/{user_id}/password", json={"password": PASSWORD}).status_code == 409
    assert api.stranger.post("/api/v1/session", json={"name": "olena", "password": ""}).status_code == 401


def test_a_claim_limits_to_cameras_by_name_and_its_absence_to_none(api: Api, provider: OidcProvider) -> None:
    gate, yard = add_camera(api, "Gate in"), add_camera(api, "Yard")
    set_up(api, provider, cameras_claim="site.cameras", role_claim="site.roles")
    for claim, seen in (["Gate in", "Nowhere"], ["Gate in"]), ([yard["id"]], ["Yard"]), (None, []):
        provider.claims["site"] = {"roles": "gate", "cameras": claim}
        assert sign_in(api).status_code == 200
        assert [camera["name"] for camera in api.app_client.get("/api/v1/cameras").json()["cameras"]] == seen
    assert api.app_client.get(f"/api/v1/cameras/{gate['id']}").status_code == 404


def test_the_secret_is_sealed_shown_as_a_mask_and_kept_by_the_mask(api: Api, provider: OidcProvider) -> None:
    set_up(api, provider)
    assert api.client.get("/api/v1/provider").json()["client_secret"] == "********"
    with transaction(api.site.engine) as session:
        row = session.get(SiteSetting, "oidc")
        assert row is not None
        assert SECRET not in str(row.value)
    set_up(api, provider, client_secret="********", title="Sign in with us")
    assert sign_in(api).status_code == 200
    moved = settings(provider, client_secret="********", issuer="https://elsewhere.example")
    assert api.client.put("/api/v1/provider", json=moved).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "ftp://x"},
        {"issuer": "https://user:pw@x"},
        {"redirect_uri": "https://x/elsewhere"},
        {"roles": {"gate": "king"}},
        {"scopes": ["profile"]},
        {"colour": "red"},
    ],
)
def test_settings_that_cannot_work_are_refused(api: Api, provider: OidcProvider, changes: dict[str, object]) -> None:
    assert api.client.put("/api/v1/provider", json=settings(provider, **changes)).status_code == 422


def test_without_a_provider_there_is_nothing_to_go_to(api: Api) -> None:
    assert api.stranger.get("/api/v1/session/ways").json()["provider"] is None
    assert api.stranger.get(START).status_code == 404
    assert api.client.delete("/api/v1/provider").status_code == 404


def test_the_way_to_the_provider_is_not_for_hammering(api: Api) -> None:
    answers = itertools.islice((api.stranger.get(START).status_code for _ in itertools.count()), 65)
    assert 429 in set(answers)


def test_a_provider_is_never_one_of_our_own_servers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with OidcProvider() as provider:
        set_up(api, provider)
        monkeypatch.setenv("PLATEWIRE_PORT", str(urlsplit(provider.issuer).port))
        answer = api.stranger.get(START)
    assert answer.status_code == 503
    assert "server of this site" in answer.json()["detail"]
