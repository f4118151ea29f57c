"""Devices that know HTTP Digest alone: real clients over a real socket, and what must not get in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.api.webapi.digest import Answer, challenges, parse, right_response
from shared.credentials import token_hash
from shared.device_accounts import ha1
from shared.push_passwords import push_passwords
from tests.integration.api.gateway import Api
from tests.integration.api.openapi.served import served
from tests.integration.api.test_ingest import add_camera, document, push

PATH = "/api/v1/ingest/json"
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def address(api: Api) -> Iterator[str]:
    with served(api.site.settings) as found:
        yield found


def make_key(api: Api, name: str = "gate north", scopes: tuple[str, ...] = ("events:push",), **more: Any) -> Any:
    answer = api.client.post("/api/v1/api-keys", json={"name": name, "scopes": list(scopes)} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def send(address: str, user: str, password: str, path: str = PATH, **changes: Any) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=30) as client:
        return client.post(address + path, json=document(**changes), auth=httpx.DigestAuth(user, password))


@needs_curl
@pytest.mark.parametrize(
    ("way", "name"), [("--digest", "gate north"), ("--anyauth", "gate north"), ("--digest", "Ворота")]
)
def test_curl_pushes_by_digest(api: Api, address: str, way: str, name: str) -> None:
    add_camera(api)
    made = make_key(api, name)
    asked = ["curl", "--silent", "--show-error", "--max-time", "30", "--noproxy", "*", way, address + PATH]
    asked += ["--user", f"{name}:{made['device_password']}", "--json", json.dumps(document())]
    said = subprocess.run(asked, capture_output=True, timeout=60, check=True).stdout
    assert json.loads(said) == {"stored": 1}


def test_httpx_pushes_many_with_one_nonce(api: Api, address: str) -> None:
    add_camera(api)
    auth = httpx.DigestAuth("gate north", make_key(api)["device_password"])
    with httpx.Client(trust_env=False, timeout=30, auth=auth) as client:
        answers = [client.post(address + PATH, json=document(carID=str(car))) for car in range(5)]
    assert [answer.json() for answer in answers] == [{"stored": 1}] * 5
    assert [len(answer.history) for answer in answers] == [1, 0, 0, 0, 0]


def test_a_password_is_sixteen_letters_and_digits_and_of_one_key(api: Api) -> None:
    first, second = make_key(api), make_key(api, "gate south")
    assert re.fullmatch(r"[a-z2-7]{16}", first["device_password"])
    assert first["device_password"] != second["device_password"]
    assert first["device_password"] not in api.client.get("/api/v1/api-keys").text


@pytest.mark.parametrize(
    ("name", "scopes"), [("wide", ("events:push", "events:read")), ("all", ("*",)), ("a:b", ("events:push",))]
)
def test_no_other_key_has_one(api: Api, name: str, scopes: tuple[str, ...]) -> None:
    assert make_key(api, name, scopes)["device_password"] is None


def test_a_key_with_more_rights_is_not_let_in_by_what_would_be_its_password(api: Api, address: str) -> None:
    add_camera(api)
    made = make_key(api, "wide", ("events:push", "events:read"))
    hashed = token_hash(made["key"])
    password = push_passwords(api.site.settings.secret_key.get_secret_value(), hashed)[0]
    assert send(address, "wide", password).status_code == 401


def test_wrong_ones_are_challenged_and_lock_nobody_out(api: Api, address: str) -> None:
    add_camera(api)
    made = make_key(api)
    for user, password in (("gate north", "guessed"), ("nobody", "guessed"), ("gate north", made["key"])):
        for _ in range(8):
            answer = send(address, user, password)
            assert answer.status_code == 401
    offered = answer.headers.get_list("www-authenticate")
    assert [one.split()[0] for one in offered] == ["Digest", "Digest", "Basic"]
    assert send(address, "gate north", made["device_password"]).json() == {"stored": 1}


def test_nothing_else_takes_it(api: Api, address: str) -> None:
    made = make_key(api)
    with httpx.Client(trust_env=False, timeout=30) as client:
        auth = httpx.DigestAuth("gate north", made["device_password"])
        for path in ("/api/v1/events", "/api/v1/cameras", "/webapi/list?list=black"):
            assert client.get(address + path, auth=auth).status_code == 401
    assert push(api, document(), {"Authorization": f"Bearer {made['device_password']}"}).status_code == 401


def test_a_rotation_ends_the_password_after_its_grace(api: Api, address: str) -> None:
    add_camera(api)
    old = make_key(api)["device_password"]
    (key,) = [one for one in api.client.get("/api/v1/api-keys").json()["api_keys"] if one["name"] == "gate north"]
    rotate = f"/api/v1/api-keys/{key['id']}/rotate"
    new = api.client.post(rotate, json={"grace_minutes": 5}).json()["device_password"]
    assert [send(address, "gate north", one, carID=one[:4]).status_code for one in (old, new)] == [200, 200]
    last = api.client.post(rotate, json={}).json()["device_password"]
    assert [send(address, "gate north", one, carID=one).status_code for one in (old, new, last)] == [401, 401, 200]


def test_what_narrows_the_key_narrows_its_password(api: Api, address: str) -> None:
    add_camera(api)
    other = add_camera(api, "Barrier south", "CAM_2")
    elsewhere = make_key(api, "elsewhere", addresses=["10.0.3.0/24"])["device_password"]
    assert send(address, "elsewhere", elsewhere).status_code == 401
    limited = make_key(api, "limited", cameras=[str(other)])["device_password"]
    assert send(address, "limited", limited).status_code == 404
    assert send(address, "limited", limited, sensorProviderID="CAM_2").json() == {"stored": 1}


def answered(address: str, user: str, password: str, uri: str = PATH, count: str = "00000001") -> str:
    """A header made by hand after a fresh challenge."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        challenge = client.post(address + PATH, json={}).headers.get_list("www-authenticate")[0]
    found = re.search(r'nonce="([^"]+)"', challenge)
    assert found
    values = {"user": user, "realm": "Platewire", "nonce": found[1], "uri": uri, "cnonce": "c", "nc": count}
    answer = Answer(**values, response="", algorithm="SHA-256", qop="auth")
    response = right_response(answer, ha1("SHA-256", user, password), "POST")
    return (
        f'Digest username="{user}", realm="Platewire", nonce="{found[1]}", uri="{uri}", cnonce="c", nc={count}, '
        f'qop=auth, algorithm=SHA-256, response="{response}"'
    )


def test_what_was_overheard_is_taken_once_and_only_at_its_address(api: Api, address: str) -> None:
    add_camera(api)
    password = make_key(api)["device_password"]
    header = answered(address, "gate north", password)
    assert parse(header.removeprefix("Digest ")) is not None
    assert len(challenges("n", stale=False)) == 2
    with httpx.Client(trust_env=False, timeout=30) as client:
        first = client.post(address + PATH, json=document(), headers={"Authorization": header})
        again = client.post(address + PATH, json=document("BB7777BB"), headers={"Authorization": header})
        moved = client.post(
            address + PATH + "?camera=x",
            json=document(),
            headers={"Authorization": answered(address, "gate north", password)},
        )
    assert (first.status_code, again.status_code, moved.status_code) == (200, 401, 401)
    assert "stale=true" in again.headers.get_list("www-authenticate")[0]
    assert "stale=true" not in moved.headers.get_list("www-authenticate")[0]


@pytest.mark.parametrize("header", ["Digest", "Digest x", 'Digest username="a\x00"', "Digest " + "a" * 4000])
def test_nonsense_is_challenged(api: Api, header: str) -> None:
    answer = api.stranger.post(PATH, json=document(), headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_needed")


def test_secrets_of_the_site_that_were_replaced_still_count_until_they_are_taken_out() -> None:
    both, new = push_passwords("new, old", b"hash"), push_passwords("new", b"hash")
    assert both == [*new, *push_passwords("old", b"hash")]
    assert len(set(both)) == 2
