"""Users and their passwords: only admins hand out rights, and there is always one left."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import select

from shared.db.session import transaction
from shared.db.tables import Audit, User
from tests.integration.api.gateway import PASSWORD, Api

OLENA = {"name": "olena", "role": "operator", "password": "tr7-Quokka-Velvet"}
HEADER = {"X-Platewire": "1"}


def add(api: Api, **changes: object) -> dict[str, object]:
    made = api.client.post("/api/v1/users", json={**OLENA, **changes})
    assert made.status_code == 201, made.text
    user: dict[str, object] = made.json()
    return user


def id_of(api: Api, name: str) -> str:
    users = api.client.get("/api/v1/users").json()["users"]
    return str(next(user["id"] for user in users if user["name"] == name))


def test_a_user_is_added_listed_changed_and_deleted(api: Api) -> None:
    user = add(api)
    assert (user["role"], user["enabled"], user["cameras"], user["second_factor"]) == ("operator", True, None, False)
    assert "password" not in str(user)
    names = [user["name"] for user in api.client.get("/api/v1/users").json()["users"]]
    assert names == ["admin", "guard", "olena"]
    address = f"/api/v1/users/{user['id']}"
    changed = api.client.patch(address, json={"name": "olena k", "role": "viewer"}).json()
    assert (changed["name"], changed["role"]) == ("olena k", "viewer")
    assert api.client.get(address).json() == changed
    assert api.client.delete(address).status_code == 204
    assert api.client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"name": "admin"}, 409, None),
        ({"name": "  "}, 422, "name"),
        ({"name": "a\nb"}, 422, "name"),
        ({"role": "king"}, 422, "role"),
        ({"password": "short"}, 422, "password"),
        ({"password": "password1234"}, 422, "password"),
        ({"password": "olenaolena12"}, 422, "password"),
        ({"cameras": ["00000000-0000-0000-0000-00000000000a"]}, 422, "cameras"),
        ({"role": "admin", "cameras": []}, 422, "cameras"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_a_user_that_breaks_a_rule_is_not_made(
    api: Api, changes: dict[str, object], status: int, field: str | None
) -> None:
    answer = api.client.post("/api/v1/users", json={**OLENA, **changes})
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert OLENA["password"] not in answer.text
    assert len(api.client.get("/api/v1/users").json()["users"]) == 2


@pytest.mark.parametrize("change", [{"enabled": False}, {"role": "operator"}, None])
def test_the_last_admin_who_can_sign_in_stays_one(api: Api, change: dict[str, object] | None) -> None:
    add(api, name="second", role="admin", enabled=False)
    address = f"/api/v1/users/{id_of(api, 'admin')}"

    def try_it() -> int:
        return (api.client.patch(address, json=change) if change else api.client.delete(address)).status_code

    assert try_it() == 409
    api.client.patch(f"/api/v1/users/{id_of(api, 'second')}", json={"enabled": True})
    assert try_it() in (200, 204)


def test_two_admins_cannot_take_the_right_from_each_other_at_once(api: Api) -> None:
    add(api, name="second", role="admin")
    ids = [id_of(api, "admin"), id_of(api, "second")]
    headers = {"Authorization": f"Bearer {api.key}"}
    statuses: list[int] = []

    def demote(user_id: str) -> None:
        client = TestClient(api.app_client.app)
        statuses.append(client.patch(f"/api/v1/users/{user_id}", json={"role": "viewer"}, headers=headers).status_code)

    threads = [threading.Thread(target=demote, args=(user_id,)) for user_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(statuses) == [200, 409]


def test_ones_own_password_changes_with_the_old_one_and_ends_the_other_sessions(api: Api) -> None:
    first, second = api.sign_in("guard").cookies["platewire"], api.sign_in("guard").cookies["platewire"]
    client = api.app_client
    wrong = client.put("/api/v1/session/password", json={"old": "x" * 12, "new": OLENA["password"]}, headers=HEADER)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "old")
    weak = client.put("/api/v1/session/password", json={"old": PASSWORD, "new": "guardguard12"}, headers=HEADER)
    assert (weak.status_code, weak.json()["field"]) == (422, "new")
    done = client.put("/api/v1/session/password", json={"old": PASSWORD, "new": OLENA["password"]}, headers=HEADER)
    assert done.status_code == 204, done.text
    assert client.get("/api/v1/session").status_code == 200
    client = api.stranger
    for token, status in ((first, 401), (second, 200)):
        client.cookies.set("platewire", token)
        assert client.get("/api/v1/session").status_code == status
    assert api.sign_in("guard", str(OLENA["password"])).get("/api/v1/session").status_code == 200


def test_guessing_the_old_password_from_an_open_session_locks_the_user(api: Api) -> None:
    client = api.sign_in("guard")
    for _ in range(10):
        client.put("/api/v1/session/password", json={"old": "x" * 12, "new": OLENA["password"]}, headers=HEADER)
    done = client.put("/api/v1/session/password", json={"old": PASSWORD, "new": OLENA["password"]}, headers=HEADER)
    assert done.status_code == 422
    assert api.stranger.post("/api/v1/session", json={"name": "guard", "password": PASSWORD}).status_code == 401


def test_an_admin_resets_a_password_which_unlocks_and_signs_out(api: Api) -> None:
    client = api.sign_in("guard")
    token = client.cookies["platewire"]
    address = f"/api/v1/users/{id_of(api, 'guard')}/password"
    assert api.client.put(address, json={"password": OLENA["password"]}).status_code == 204
    client = api.stranger
    client.cookies.set("platewire", token)
    assert client.get("/api/v1/session").status_code == 401
    assert api.sign_in("guard", str(OLENA["password"])).get("/api/v1/session").status_code == 200


def test_sessions_are_listed_and_ended_by_their_owner_and_by_admins_only(api: Api) -> None:
    first = api.sign_in("guard").cookies["platewire"]
    client = api.sign_in("guard")
    listed = client.get("/api/v1/session/all").json()["sessions"]
    assert sorted(one["current"] for one in listed) == [False, True]
    assert listed[0]["agent"] == "testclient"
    other = next(one["id"] for one in listed if not one["current"])
    api.sign_in("admin")
    assert client.delete(f"/api/v1/session/all/{other}", headers=HEADER).status_code == 404
    api.sign_in("guard")
    assert client.delete(f"/api/v1/session/all/{other}", headers=HEADER).status_code == 204
    client = api.stranger
    client.cookies.set("platewire", first)
    assert client.get("/api/v1/session").status_code == 401
    address = f"/api/v1/users/{id_of(api, 'guard')}/sessions"
    left = api.client.get(address).json()["sessions"]
    assert len(left) == 2
    assert api.client.delete(f"{address}/{left[0]['id']}").status_code == 204
    assert api.client.delete(address).status_code == 204
    assert api.client.get(address).json()["sessions"] == []


def test_a_disabled_user_is_signed_out_and_an_enabled_one_signs_in_anew(api: Api) -> None:
    token = api.sign_in("guard").cookies["platewire"]
    address = f"/api/v1/users/{id_of(api, 'guard')}"
    assert api.client.patch(address, json={"enabled": False}).status_code == 200
    assert api.stranger.post("/api/v1/session", json={"name": "guard", "password": PASSWORD}).status_code == 401
    assert api.client.patch(address, json={"enabled": True}).status_code == 200
    client = api.stranger
    client.cookies.set("platewire", token)
    assert client.get("/api/v1/session").status_code == 401


def test_a_password_kept_with_weaker_parameters_is_kept_better_after_signing_in(api: Api) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with transaction(api.site.engine) as session:
        session.scalars(select(User).where(User.name == "guard")).one().password_hash = weak
    api.sign_in("guard")
    with transaction(api.site.engine) as session:
        stored = session.scalars(select(User).where(User.name == "guard")).one().password_hash
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_key_has_no_account_of_its_own(api: Api) -> None:
    body = {"old": PASSWORD, "new": OLENA["password"]}
    assert api.client.put("/api/v1/session/password", json=body).status_code == 403
    assert api.client.get("/api/v1/session/all").status_code == 403
    assert api.client.post("/api/v1/session/second-factor", json={"password": PASSWORD}).status_code == 403


def test_the_audit_tells_of_users_without_their_passwords(api: Api) -> None:
    user = add(api)
    api.client.patch(f"/api/v1/users/{user['id']}", json={"role": "viewer"})
    api.client.put(f"/api/v1/users/{user['id']}/password", json={"password": "another-Velvet-Quokka"})
    api.client.delete(f"/api/v1/users/{user['id']}")
    with transaction(api.site.engine) as session:
        rows = list(session.scalars(select(Audit).order_by(Audit.id)))
    assert [row.action for row in rows] == ["user.add", "user.change", "user.password", "user.delete"]
    assert {row.subject for row in rows} == {"olena"}
    assert rows[1].detail == {"role": "viewer"}
    assert "Quokka" not in str([row.detail for row in rows])
