"""The second factor: enrolled with a confirmation, asked for at sign-in, never taken twice."""

from __future__ import annotations

import base64
import time

import cv2
import numpy as np
import pytest
from httpx2 import Response
from sqlalchemy import select

from shared import totp
from shared.db.session import transaction
from shared.db.tables import User
from tests.integration.api.gateway import PASSWORD, Api

HEADER = {"X-Platewire": "1"}
NAMES = {"name": "guard", "password": PASSWORD}


def code(secret: str, steps: int = 0) -> str:
    return totp.code_at(secret, int(time.time()) // totp.STEP + steps)


def enrol(api: Api) -> tuple[str, list[str]]:
    """The secret and the recovery codes of the user guard, who used the code of the step before this one."""
    client = api.sign_in("guard")
    begun = client.post("/api/v1/session/second-factor", json={"password": PASSWORD}, headers=HEADER).json()
    body = {"code": code(begun["secret"], -1)}
    done = client.post("/api/v1/session/second-factor/confirm", json=body, headers=HEADER)
    assert done.status_code == 200, done.text
    return begun["secret"], done.json()["recovery_codes"]


def attempt(api: Api, **more: str) -> Response:
    api.site.events.flushall()
    return api.stranger.post("/api/v1/session", json=NAMES | more)


def test_it_is_asked_for_once_it_is_confirmed(api: Api) -> None:
    client = api.sign_in("guard")
    begun = client.post("/api/v1/session/second-factor", json={"password": PASSWORD}, headers=HEADER).json()
    assert attempt(api).status_code == 200
    client = api.sign_in("guard")
    wrong = client.post("/api/v1/session/second-factor/confirm", json={"code": "000000"}, headers=HEADER)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "code")
    body = {"code": code(begun["secret"], -1)}
    assert client.post("/api/v1/session/second-factor/confirm", json=body, headers=HEADER).status_code == 200
    asked = attempt(api)
    assert (asked.status_code, asked.json()["error"]) == (401, "second_factor_needed")
    assert "set-cookie" not in asked.headers
    assert attempt(api, code=code(begun["secret"])).status_code == 200


def test_without_the_password_nobody_learns_that_there_is_one(api: Api) -> None:
    secret, _ = enrol(api)
    for given in ("", code(secret)):
        answer = attempt(api, password="wrong wrong wrong", code=given)
        assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_needed")


def test_a_code_opens_the_door_once(api: Api) -> None:
    secret, _ = enrol(api)
    used = code(secret)
    assert attempt(api, code=used).status_code == 200
    again = attempt(api, code=used)
    assert (again.status_code, again.json()["error"]) == (401, "second_factor_needed")
    assert attempt(api, code=code(secret, -1)).status_code == 401


def test_a_recovery_code_opens_the_door_once_and_is_stored_as_its_hash(api: Api) -> None:
    _, codes = enrol(api)
    assert len(set(codes)) == 10
    with transaction(api.site.engine) as session:
        user = session.scalars(select(User).where(User.name == "guard")).one()
        assert not set(codes) & set(user.recovery_codes)
    assert attempt(api, code=codes[3].upper()).status_code == 200
    assert attempt(api, code=codes[3]).status_code == 401
    assert attempt(api, code=codes[4]).status_code == 200


def test_the_secret_is_sealed_and_shown_once_also_as_a_picture(api: Api) -> None:
    client = api.sign_in("guard")
    begun = client.post("/api/v1/session/second-factor", json={"password": PASSWORD}, headers=HEADER).json()
    png = base64.b64decode(begun["qr"].removeprefix("data:image/png;base64,"))
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    framed = np.pad(picture, 40, constant_values=255)
    assert cv2.QRCodeDetector().detectAndDecode(framed)[0] == begun["address"]
    with transaction(api.site.engine) as session:
        sealed = session.scalars(select(User).where(User.name == "guard")).one().totp_secret
    assert sealed
    assert begun["secret"].encode() not in sealed


def test_guessing_codes_locks_the_user(api: Api) -> None:
    secret, _ = enrol(api)
    for _ in range(10):
        attempt(api, code="000000")
    locked = attempt(api, code=code(secret))
    assert (locked.status_code, locked.json()["error"]) == (401, "sign_in_needed")


@pytest.mark.parametrize("path", ["second-factor", "second-factor/remove"])
def test_an_open_session_alone_neither_adds_nor_removes_it(api: Api, path: str) -> None:
    if path.endswith("remove"):
        secret, _ = enrol(api)
        attempt(api, code=code(secret))
    else:
        api.sign_in("guard")
    answer = api.app_client.post(f"/api/v1/session/{path}", json={"password": "x" * 12}, headers=HEADER)
    assert (answer.status_code, answer.json()["field"]) == (422, "password")


def test_its_owner_takes_it_away_with_the_password(api: Api) -> None:
    secret, _ = enrol(api)
    attempt(api, code=code(secret))
    client = api.app_client
    twice = client.post("/api/v1/session/second-factor", json={"password": PASSWORD}, headers=HEADER)
    assert twice.status_code == 409
    done = client.post("/api/v1/session/second-factor/remove", json={"password": PASSWORD}, headers=HEADER)
    assert done.status_code == 204
    assert attempt(api).status_code == 200


def test_an_admin_takes_it_away_from_who_lost_the_phone(api: Api) -> None:
    enrol(api)
    users = api.client.get("/api/v1/users").json()["users"]
    user = next(user for user in users if user["name"] == "guard")
    assert user["second_factor"] is True
    assert api.client.delete(f"/api/v1/users/{user['id']}/second-factor").status_code == 204
    assert api.client.get(f"/api/v1/users/{user['id']}/sessions").json()["sessions"] == []
    assert attempt(api).status_code == 200
