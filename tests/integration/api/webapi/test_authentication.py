"""Who gets in: passwords and devices with all that guards them, and how often one may ask."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, update

from services.api.webapi import devices
from services.api.webapi.digest import MOST_USES, Answer, right_response
from services.api.webapi.door import WRONG, Door
from services.api.webapi.site_settings import WebApiRates
from shared.clock import now
from shared.credentials import password_fits
from shared.db.session import transaction
from shared.db.tables import Audit, DeviceAccount, User
from shared.device_accounts import ha1, mark_device, unmark_device
from shared.errors import Invalid
from shared.passwords import hash_password
from shared.secrets import Vault
from shared.site import save
from tests.integration.api.gateway import PASSWORD, Api
from tests.integration.api.webapi.asking import DEVICE, refused

ADDRESS = "/webapi/list?list=black"
OTHER = "another long password"


def basic(api: Api, name: str = "admin", password: str = PASSWORD) -> Response:
    return api.stranger.get(ADDRESS, auth=(name, password))


def digest(api: Api, name: str = DEVICE, password: str = PASSWORD) -> Response:
    return api.stranger.get(ADDRESS, auth=httpx2.DigestAuth(name, password))


def change_user(api: Api, name: str, **values: object) -> None:
    with transaction(api.site.engine) as session:
        session.execute(update(User).where(User.name == name).values(**values))


@dataclass
class Clock:
    """What the counters of failed tries take for the time."""

    now: float = 1_800_000_000.0

    def seconds(self, count: int) -> Iterator[int]:
        for number in range(count):
            yield number
            self.now += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("services.api.sign_in.rate.time.time", lambda: clock.now)
    return clock


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names whose passwords were hashed."""
    seen: list[str] = []

    def counted(user: User | None, password: str) -> bool:
        seen.append(user.name if user else "")
        return password_fits(user, password)

    monkeypatch.setattr("services.api.webapi.guesses.password_fits", counted)
    return seen


def test_a_password_is_hashed_once_and_then_remembered_for_a_while(
    api: Api, checks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [basic(api).status_code for _ in range(3)] == [200] * 3
    assert checks == ["admin"]
    monkeypatch.setattr("services.api.webapi.passwords.time.monotonic", lambda: 10_000_000_000.0)
    assert basic(api).status_code == 200
    assert checks == ["admin"] * 2


def test_what_is_remembered_ends_with_the_password_the_right_and_the_user(api: Api) -> None:
    assert basic(api).status_code == 200
    change_user(api, "admin", role="viewer")
    assert basic(api).status_code == 200
    assert api.stranger.get("/webapi/add?list=black&plate=AA11", auth=("admin", PASSWORD)).status_code == 403
    change_user(api, "admin", password_hash=hash_password(OTHER))
    refused(basic(api), 401)
    api.site.events.flushall()
    assert basic(api, password=OTHER).status_code == 200
    change_user(api, "admin", enabled=False)
    refused(basic(api, password=OTHER), 401)


def test_ten_failures_lock_a_user_also_for_right_passwords(api: Api) -> None:
    assert basic(api).status_code == 200
    for _ in range(10):
        api.site.events.flushall()
        refused(basic(api, password="wrong"), 401)
    api.site.events.flushall()
    refused(basic(api), 401)
    api.site.events.flushall()
    change_user(api, "admin", locked_until=now() - timedelta(seconds=1))
    assert basic(api).status_code == 200


def test_guessing_is_slowed_down_and_nobody_learns_who_exists(api: Api, clock: Clock) -> None:
    for name in ("admin", "nobody"):
        answers = [basic(api, name, "wrong") for _ in clock.seconds(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert answers[-1].headers["retry-after"] == "55"
        assert {answer.json()["detail"] for answer in answers[:5]} == {WRONG}
        clock.now += 3594


def test_behind_too_many_wrong_answers_even_a_right_one_waits(api: Api, clock: Clock) -> None:
    assert [digest(api, password="wrong").status_code for _ in clock.seconds(6)] == [401] * 5 + [429]
    assert digest(api).status_code == 429
    clock.now += 60
    assert digest(api).status_code == 200


BROKEN = [
    "Basic",
    "Basic ",
    "Basic !!!",
    "Basic YWRtaW4=",
    "Basic /w==",
    "Bearer",
    "Digest",
    "Digest x",
    "Digest a=b",
    "NTLM x",
]


def test_broken_credentials_are_no_credentials(api: Api, subtests: pytest.Subtests) -> None:
    for credentials in BROKEN:
        with subtests.test(credentials=credentials):
            refused(api.stranger.get(ADDRESS, headers={"Authorization": credentials}), 401)


def test_a_name_with_a_nul_is_nobody(api: Api) -> None:
    told = base64.b64encode(b"ad\0min:" + PASSWORD.encode()).decode()
    refused(api.stranger.get(ADDRESS, headers={"Authorization": f"Basic {told}"}), 401)


def answered(api: Api, algorithm: str = "SHA-256", **changes: str) -> dict[str, str]:
    """The header of a right answer to a fresh challenge, or of one that `changes` makes wrong."""
    offered = api.stranger.get(ADDRESS).headers.get_list("www-authenticate")
    nonce = next(one for one in offered if algorithm in one).partition('nonce="')[2].partition('"')[0]
    parts = {"user": DEVICE, "realm": "Platewire", "nonce": nonce, "uri": ADDRESS, "cnonce": "c", "nc": "00000001"}
    parts |= {name: value for name, value in changes.items() if name != "response"}
    answer = Answer(**parts, response="", algorithm=algorithm, qop="auth")
    response = changes.get("response") or right_response(answer, ha1(algorithm, parts["user"], PASSWORD), "GET")
    quoted = {"username": parts.pop("user"), **parts, "response": response}
    count = quoted.pop("nc")
    told = ", ".join(f'{name}="{value}"' for name, value in quoted.items())
    return {"Authorization": f"Digest {told}, nc={count}, qop=auth, algorithm={algorithm}"}


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
def test_a_device_signs_in_with_either_algorithm(api: Api, algorithm: str) -> None:
    assert api.stranger.get(ADDRESS, headers=answered(api, algorithm)).status_code == 200


def test_a_client_goes_on_with_its_nonce(api: Api) -> None:
    auth = httpx2.DigestAuth(DEVICE, PASSWORD)
    answers = [api.stranger.get(ADDRESS, auth=auth) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert [len(answer.history) for answer in answers][1:] == [0] * 4


def test_an_answer_counts_once_and_the_client_is_told_to_go_on_with_a_new_nonce(api: Api) -> None:
    headers = answered(api)
    assert api.stranger.get(ADDRESS, headers=headers).status_code == 200
    again = api.stranger.get(ADDRESS, headers=headers)
    refused(again, 401)
    assert "stale=true" in again.headers.get_list("www-authenticate")[0]


def test_requests_may_overtake_each_other(api: Api) -> None:
    first = answered(api)
    nonce = first["Authorization"].partition('nonce="')[2].partition('"')[0]
    for count in ("00000003", "00000002", "00000001"):
        assert api.stranger.get(ADDRESS, headers=answered(api, nonce=nonce, nc=count)).status_code == 200
    for count in ("00000002", "00000000", f"{MOST_USES + 1:08x}"):
        refused(api.stranger.get(ADDRESS, headers=answered(api, nonce=nonce, nc=count)), 401)


def test_an_old_nonce_is_stale_only_for_who_knows_the_password(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = answered(api), answered(api, response="0" * 64)
    monkeypatch.setattr(devices, "now", lambda: now() + timedelta(seconds=301))
    for headers, stale in ((right, True), (wrong, False)):
        answer = api.stranger.get(ADDRESS, headers=headers)
        refused(answer, 401)
        assert ("stale=true" in answer.headers.get_list("www-authenticate")[0]) == stale


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": "/webapi/list?list=white"},
        {"realm": "Other"},
        {"nonce": "made up"},
        {"user": "admin"},
        {"user": "nobody"},
    ],
)
def test_an_answer_to_another_question_does_not_fit(api: Api, changes: dict[str, str]) -> None:
    refused(api.stranger.get(ADDRESS, headers=answered(api, **changes)), 401)


def disable(api: Api) -> None:
    change_user(api, DEVICE, enabled=False)


def new_password(api: Api) -> None:
    change_user(api, DEVICE, password_hash=hash_password(PASSWORD))


def unmark(api: Api) -> None:
    with transaction(api.site.engine) as session:
        unmark_device(session, session.scalars(select(DeviceAccount.user_id)).one())


def lock(api: Api) -> None:
    change_user(api, DEVICE, locked_until=now() + timedelta(minutes=5))


@pytest.mark.parametrize("end", [disable, new_password, unmark, lock])
def test_a_device_is_out_at_once(api: Api, end: Callable[[Api], None]) -> None:
    assert digest(api).status_code == 200
    end(api)
    refused(digest(api), 401)


def test_wrong_answers_lock_a_device_too(api: Api) -> None:
    for _ in range(10):
        api.site.events.flushall()
        refused(digest(api, password="wrong"), 401)
    refused(digest(api), 401)


def test_a_password_alone_lets_nobody_in_who_has_a_second_factor(api: Api) -> None:
    assert (basic(api).status_code, digest(api).status_code) == (200, 200)
    for name in ("admin", DEVICE):
        change_user(api, name, totp_confirmed_at=now(), failed_logins=3)
    for _ in range(2):
        assert refused(basic(api), 401) == WRONG
        assert refused(digest(api), 401) == WRONG
    api.app_client.app.state.webapi.door = Door("another process")  # type: ignore[attr-defined]
    assert refused(basic(api), 401) == WRONG
    # Nor is it a wrong try, or one that makes up for wrong codes.
    with transaction(api.site.engine) as session:
        tries = select(User.failed_logins).where(User.totp_confirmed_at.is_not(None))
        assert session.scalars(tries).all() == [3, 3]


def test_a_key_counts_from_its_networks_and_beside_its_successor_only(api: Api) -> None:
    asked = {"name": "gate", "scopes": ["lists:read"], "addresses": ["10.1.0.0/16"]}
    made = api.client.post("/api/v1/api-keys", json=asked).json()["key"]
    row = next(key for key in api.client.get("/api/v1/api-keys").json()["api_keys"] if key["name"] == "gate")
    app = api.app_client.app

    def status(key: str, origin: str = "10.1.2.3") -> int:
        client = TestClient(app, base_url="http://platewire.test", client=(origin, 50_000))
        return client.get(ADDRESS, headers={"Authorization": f"Bearer {key}"}).status_code

    assert (status(made), status(made, "10.2.0.1")) == (200, 401)
    rotated = api.client.post(f"/api/v1/api-keys/{row['id']}/rotate", json={"grace_minutes": 10})
    assert rotated.status_code == 200, rotated.text
    assert (status(made), status(rotated.json()["key"])) == (200, 200)
    assert api.client.delete(f"/api/v1/api-keys/{row['id']}").status_code == 204
    assert (status(made), status(rotated.json()["key"])) == (401, 401)


def test_only_who_is_marked_as_a_device_signs_in_by_digest(api: Api) -> None:
    refused(digest(api, "admin"), 401)
    api.site.events.flushall()
    assert basic(api, DEVICE).status_code == 200


def test_what_digest_needs_is_kept_encrypted_and_made_of_the_right_password_only(api: Api) -> None:
    vault = Vault(api.site.settings.secret_key.get_secret_value())
    with transaction(api.site.engine) as session:
        kept = session.scalars(select(DeviceAccount)).one()
        user = session.get_one(User, kept.user_id)
        for algorithm in ("MD5", "SHA-256"):
            secret = ha1(algorithm, DEVICE, PASSWORD)
            assert secret.encode() not in kept.secrets
            assert vault.open(kept.secrets)[algorithm] == secret
        with pytest.raises(Invalid):
            mark_device(session, vault, user, "wrong password")


def test_failures_are_on_record_without_what_was_typed(api: Api) -> None:
    basic(api, password="hunter2 hunter2")
    api.site.events.flushall()
    digest(api, password="hunter2 hunter2")
    with transaction(api.site.engine) as session:
        rows = session.scalars(select(Audit).where(Audit.action == "sign_in.failed").order_by(Audit.id)).all()
    assert [row.subject for row in rows] == ["admin", DEVICE]
    assert all("hunter2" not in str(row.detail) for row in rows)


def test_each_credential_has_its_own_rate(api: Api) -> None:
    mine, other = api.as_key("lists:read"), api.as_key("lists:read")
    with transaction(api.site.engine) as session:
        save(session, WebApiRates(value=3))
    answers = [api.stranger.get(ADDRESS, headers=mine) for _ in range(30)]
    refused_ones = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused(refused_ones[0], 429, "too_many_requests")
    assert refused_ones[0].headers["retry-after"] == "1"
    assert api.stranger.get(ADDRESS, headers=other).status_code == 200


def test_one_credential_may_be_given_more(api: Api) -> None:
    with transaction(api.site.engine) as session:
        save(session, WebApiRates(value=1, raised={"key:everything": 1000}))
    assert {api.client.get(ADDRESS).status_code for _ in range(20)} == {200}
    assert 429 in {basic(api).status_code for _ in range(20)}
