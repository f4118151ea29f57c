"""A POST with an Idempotency-Key is done once, whoever sends it how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from httpx2 import Response
from sqlalchemy import text

from services.api.description import ONCE
from services.api.lists import queries as lists
from services.api.repeats import queries
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import ApiKey, KeptAnswer
from tests.integration.api.gateway import JPEG, PASSWORD, Api
from tests.integration.api.openapi.served import served

KEY = {"Idempotency-Key": "order-4711"}


def add_list(api: Api, name: str = "staff", headers: dict[str, str] = KEY) -> Response:
    return api.client.post("/api/v1/lists", json={"name": name}, headers=headers)


def kept(api: Api) -> list[KeptAnswer]:
    with transaction(api.site.engine) as session:
        return session.query(KeptAnswer).all()


def test_a_repeat_gets_the_first_answer_and_nothing_is_done_again(api: Api) -> None:
    first, again = add_list(api), add_list(api)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    audited = api.client.get("/api/v1/audit?action=list.add").json()["entries"]
    assert len(audited) == 1
    # Without the key it is another request, and the name is taken.
    assert add_list(api, headers={}).status_code == 409


def test_the_same_key_for_something_else_is_refused(api: Api) -> None:
    add_list(api)
    answer = add_list(api, "visitors")
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
    assert "visitors" not in api.client.get("/api/v1/lists").text
    # Another address is another request.
    assert api.client.post("/api/v1/lists/staff/entries", json={"plate": "AA1234BB"}, headers=KEY).status_code == 201


def test_a_refusal_is_kept_too(api: Api) -> None:
    refused = api.client.post("/api/v1/lists/nowhere/entries", json={"plate": "AA1234BB"}, headers=KEY)
    assert refused.status_code == 404
    api.client.post("/api/v1/lists", json={"name": "nowhere"})
    again = api.client.post("/api/v1/lists/nowhere/entries", json={"plate": "AA1234BB"}, headers=KEY)
    assert (again.status_code, again.json()) == (404, refused.json())
    assert again.headers["idempotency-replayed"] == "true"


def test_a_fault_of_ours_is_not_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    api.client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    with monkeypatch.context() as patched:
        patched.setattr("services.api.lists.queries.add_list", broken)
        assert add_list(api).status_code == 500
    assert kept(api) == []
    assert add_list(api).status_code == 201


def test_whose_request_it_was_matters(api: Api) -> None:
    add_list(api)
    other = api.stranger.post("/api/v1/lists", json={"name": "staff"}, headers=KEY | api.as_key("lists:write"))
    assert other.status_code == 409
    assert "idempotency-replayed" not in other.headers
    assert api.stranger.post("/api/v1/lists", json={"name": "staff"}, headers=KEY).status_code == 401
    weak = api.as_key("lists:read")
    assert api.stranger.post("/api/v1/lists", json={"name": "staff"}, headers=KEY | weak).status_code == 403


def test_a_repeat_needs_the_rights_that_the_first_had(api: Api) -> None:
    headers = KEY | api.as_key("lists:write")
    assert api.stranger.post("/api/v1/lists", json={"name": "staff"}, headers=headers).status_code == 201
    with transaction(api.site.engine) as session:
        session.query(ApiKey).where(ApiKey.name.like("key %")).update({"scopes": ["lists:read"]})
    assert api.stranger.post("/api/v1/lists", json={"name": "staff"}, headers=headers).status_code == 403


def test_a_person_may_repeat_too(api: Api) -> None:
    client = api.sign_in()
    headers = KEY | {"X-Platewire": "1"}
    answers = [client.post("/api/v1/lists", json={"name": "staff"}, headers=headers) for _ in range(2)]
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true"]


def test_a_key_that_is_shown_once_is_shown_again_and_lies_sealed(api: Api) -> None:
    body = {"name": "parking", "scopes": ["events:read"]}
    first = api.client.post("/api/v1/api-keys", json=body, headers=KEY).json()
    assert api.client.post("/api/v1/api-keys", json=body, headers=KEY).json() == first
    user = {"name": "olena", "password": PASSWORD}
    assert api.client.post("/api/v1/users", json=user, headers=KEY).status_code == 201
    with api.site.engine.connect() as connection:
        stored = connection.execute(text("SELECT kept_answers::text || encode(answer, 'escape') FROM kept_answers"))
        rows = "".join(row[0] for row in stored)
    assert len(rows) > 100
    assert first["key"] not in rows
    assert first["key"].encode().hex() not in rows


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "schlüssel"])
def test_a_key_has_a_form(api: Api, key: str) -> None:
    answer = add_list(api, headers={"Idempotency-Key": key.encode("latin-1")})  # type: ignore[dict-item]
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_a_day_later_the_key_is_new(api: Api) -> None:
    add_list(api)
    older: dict[Any, object] = {"begun_at": now() - queries.KEPT - timedelta(seconds=1)}
    with transaction(api.site.engine) as session:
        session.query(KeptAnswer).update(older)
    assert add_list(api).status_code == 409
    with transaction(api.site.engine) as session:
        session.query(KeptAnswer).update(older)
        queries.forget_old(session, now())
    assert kept(api) == []


def test_of_two_at_once_one_is_told_that_it_is_being_done(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, original = threading.Event(), threading.Event(), lists.add_list

    def slowly(*given: object) -> object:
        begun.set()
        assert go_on.wait(60)
        return original(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("services.api.lists.queries.add_list", slowly)
    headers = KEY | {"Authorization": f"Bearer {api.key}"}
    with served(api.site.settings) as address, ThreadPoolExecutor(1) as pool:

        def ask() -> httpx.Response:
            return httpx.post(f"{address}/api/v1/lists", json={"name": "staff"}, headers=headers, timeout=60)

        first = pool.submit(ask)
        assert begun.wait(60)
        second = ask()
        go_on.set()
        assert first.result().status_code == 201
        third = ask()
    assert (second.status_code, second.json()["error"]) == (409, "in_progress")
    assert int(second.headers["retry-after"]) > 0
    assert (third.status_code, third.headers["idempotency-replayed"]) == (201, "true")


def test_what_a_process_left_undone_when_it_died_is_done_by_a_repeat(api: Api) -> None:
    add_list(api)
    api.client.delete("/api/v1/lists/staff")
    with transaction(api.site.engine) as session:
        session.query(KeptAnswer).update({"answer": None})
    assert add_list(api).json()["error"] == "in_progress"
    with transaction(api.site.engine) as session:
        session.query(KeptAnswer).update({"begun_at": now() - queries.LONGEST - timedelta(seconds=1)})
    assert add_list(api).status_code == 201


def upload(api: Api) -> Response:
    headers = KEY | {"Content-Type": "text/csv"}
    return api.client.post("/api/v1/lists/white/imports", content=b"plate\nAA1234BB\n", headers=headers)


def picture(api: Api) -> Response:
    cameras = api.client.get("/api/v1/cameras").json()["cameras"]
    if not cameras:
        cameras = [api.client.post("/api/v1/cameras", json={"name": "Box", "source": {"kind": "upload"}}).json()]
    address = f"/api/v1/cameras/{cameras[0]['id']}/pictures"
    return api.client.post(address, content=JPEG, headers=KEY | {"Content-Type": "image/jpeg"})


@pytest.mark.parametrize("send", [upload, picture])
def test_files_are_taken_up_once(api: Api, send: Callable[[Api], Response]) -> None:
    first, again = send(api), send(api)
    assert first.status_code == again.status_code == 202, first.text
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


def test_every_post_that_adds_or_begins_something_takes_the_header(api: Api) -> None:
    paths = api.client.get("/api/v1/openapi.json").json()["paths"]
    posts = {methods["post"]["operationId"]: methods["post"] for methods in paths.values() if "post" in methods}
    takes = {name for name, post in posts.items() if ONCE in post.get("parameters", ())}
    # These look, try or sign in: nothing is there afterwards that would be there twice.
    harmless = {"sign_in", "preview_entry", "dry_run_reaction", "read_picture", "check_provider", "test_destination"}
    # These give a secret to somebody who proves who they are, and undo what they did before when repeated.
    own_account = {"begin_second_factor", "confirm_second_factor", "remove_own_second_factor"}
    # These take nothing or look; a restore wants the digest of what it replaces, which is another one afterwards.
    backup = {"make_backup", "preview_restore", "restore_backup", "preview_retention", "ask_onvif_streams"}
    # This keeps the key with the order, for ever: a crash in between must not open a barrier twice.
    by_itself = {"open_barrier"}
    # These tell a repetition by the sender's own name for the event, or by its bytes.
    named = {"send_meta_event", "push_event"}
    # This says how a site is doing now, and replaces what it said before.
    reports = {"report_meta_site"}
    assert posts.keys() - takes == harmless | own_account | backup | by_itself | reports | named
    (own,) = [one for one in posts["open_barrier"]["parameters"] if one["name"] == ONCE["name"]]
    assert own["in"] == "header"
