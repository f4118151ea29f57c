"""Mirrors: lists that are copied from elsewhere by the clock, and what waits for approval."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from services.api.mirrors import fetch as fetching
from services.api.mirrors import work
from services.api.mirrors.schemas import FILES
from services.api.mirrors.work import Mirror
from services.api.transfer.storage import ImportFiles
from shared.addresses import Reach
from shared.db.session import transaction
from shared.db.tables import Audit, ListMirror, PlateList
from shared.peer_http import PeerTransport
from shared.secrets import MASK, Vault
from simulators.json_receiver import Answer, JsonReceiver
from tests.integration.api.gateway import Api
from tests.integration.api.transfers import LISTS, Json, bring_in, confirm, entries, imports_of, look

MIRROR = f"{LISTS}/white/mirror"
FILE = {"kind": "file", "name": "white.csv"}
URL = {"kind": "url", "url": "https://lists.test/white.csv?token=s3cret", "user": "site", "password": "hunter2"}


def folder_of(api: Api) -> Path:
    folder = api.site.settings.data_dir / FILES
    folder.mkdir(exist_ok=True)
    return folder


def offer(api: Api, content: str) -> None:
    (folder_of(api) / "white.csv").write_text(content)


def mirror(api: Api, source: Json, **settings: object) -> Json:
    answer = api.client.put(MIRROR, json={"source": source, **settings})
    assert answer.status_code == 200, answer.text
    return Json(answer.json())


def served(content: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """An answer whose body has yet to come, as from a real server."""
    return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))


def run(api: Api, server: httpx.BaseTransport | None = None) -> Json:
    """Lets the mirror run as when it is due, and shows it."""
    with transaction(api.site.engine) as session:
        session.execute(update(ListMirror).values(next_run_at=func.now()))
        list_id: UUID = session.scalars(select(ListMirror.list_id)).one()
    vault = Vault(api.site.settings.secret_key.get_secret_value())
    transport = server or httpx.MockTransport(lambda _request: httpx.Response(500))
    Mirror(list_id, imports_of(api.site), vault, folder_of(api), transport).run()
    return Json(api.client.get(MIRROR).json())


def test_a_mirrored_file_becomes_the_list_and_follows_its_changes(api: Api) -> None:
    offer(api, "Plate,Note\nAA11,a\nBB22,b\n")
    mirror(api, FILE, most_removed=1)
    first = run(api)
    assert (first["last_ok"], first["last_sentence"]) == (True, "The list has 2 entries added, 0 changed, 0 removed")
    offer(api, "Plate,Note\nAA11,new\nCC33,c\n")
    second = run(api)
    assert second["last_sentence"] == "The list has 1 entries added, 1 changed, 1 removed"
    assert {plate: row["note"] for plate, row in entries(api).items()} == {"AA11": "new", "CC33": "c"}
    with transaction(api.site.engine) as session:
        assert set(session.scalars(select(Audit.actor).where(Audit.action == "list.import"))) == {"mirror"}


def test_a_run_that_changes_nothing_leaves_nothing_behind(api: Api) -> None:
    offer(api, "AA11\n")
    mirror(api, FILE)
    run(api)
    again = run(api)
    assert (again["last_ok"], again["last_sentence"], again["last_import_id"]) == (True, "Nothing changed", None)
    assert len(api.client.get(f"{LISTS}/white/imports").json()["imports"]) == 1
    assert list(ImportFiles.of(api.site.settings.data_dir).folder.iterdir()) == []


def test_more_removals_than_the_limit_wait_for_approval(api: Api) -> None:
    bring_in(api, "\n".join(f"AA{number:02d}" for number in range(10)))
    offer(api, "\n".join(f"AA{number:02d}" for number in range(8)))
    mirror(api, FILE, most_removed=0.1)
    waiting = run(api)
    assert "Waits for approval" in waiting["last_sentence"]
    assert "20%" in waiting["last_sentence"]
    assert len(entries(api)) == 10
    planned = look(api, waiting["last_import_id"])
    assert (planned["mirrored"], planned["report"]["removed"]) == (True, ["AA08", "AA09"])
    assert confirm(api, planned["id"])["state"] == "applied"
    assert len(entries(api)) == 8


def test_within_the_limit_nobody_is_asked(api: Api) -> None:
    bring_in(api, "\n".join(f"AA{number:02d}" for number in range(10)))
    offer(api, "\n".join(f"AA{number:02d}" for number in range(9)))
    mirror(api, FILE, most_removed=0.1)
    run(api)
    assert len(entries(api)) == 9


def test_with_approval_even_an_addition_waits_and_a_later_run_takes_its_place(api: Api) -> None:
    offer(api, "AA11\n")
    mirror(api, FILE, apply="after_approval")
    first = run(api)
    offer(api, "AA11\nBB22\n")
    second = run(api)
    assert entries(api) == {}
    assert look(api, first["last_import_id"])["state"] == "discarded"
    assert look(api, second["last_import_id"])["counts"]["added"] == 2


def test_a_url_is_fetched_with_its_credentials_and_without_redirects(api: Api) -> None:
    asked: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return served(b"Plate\nAA11\n")

    mirror(api, URL)
    assert run(api, httpx.MockTransport(server))["last_ok"] is True
    assert str(asked[0].url) == URL["url"]
    assert asked[0].headers["authorization"].startswith("Basic ")
    assert asked[0].headers["accept-encoding"] == "identity"
    assert set(entries(api)) == {"AA11"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(302, headers={"location": "http://169.254.169.254/"}), "redirects"),
        (httpx.Response(404), "status 404"),
        (served(b""), "empty"),
        (served(b"AA11", {"content-encoding": "x-pack"}), "packs"),
        (served(b"A" * 2000), "larger"),
        (served(b"<html>Please sign in</html>"), "known to hold plates"),
        (httpx.ConnectError("refused by s3cret"), "cannot be reached (ConnectError)"),
        (httpx.ReadTimeout("late"), "in time"),
    ],
)
def test_what_goes_wrong_is_said_and_the_list_stays(
    api: Api, answer: httpx.Response | Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 1024)

    def server(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    bring_in(api, "KEEP1")
    mirror(api, URL, most_removed=1)
    told = run(api, httpx.MockTransport(server))
    assert (told["last_ok"], said in told["last_sentence"]) == (False, True), told
    assert "s3cret" not in str(told)
    assert set(entries(api)) == {"KEEP1"}
    assert list(ImportFiles.of(api.site.settings.data_dir).folder.iterdir()) == [] or told["last_import_id"]


def test_a_slow_server_is_given_up(api: Api) -> None:
    with JsonReceiver() as server:
        server.plan.append(Answer(200, b"AA11\n" * 10, fault="trickle"))
        mirror(api, {"kind": "url", "url": server.url})
        told = run(api, PeerTransport(Reach.from_environment(), 1.0))
    assert "does not answer in time" in told["last_sentence"]


def test_a_link_in_the_folder_leads_nowhere(api: Api) -> None:
    (folder_of(api) / "white.csv").symlink_to("/etc/hostname")
    mirror(api, FILE)
    assert "no file white.csv" in run(api)["last_sentence"]


def test_secrets_of_a_mirror_are_stored_sealed_and_shown_as_masks(api: Api) -> None:
    shown = mirror(api, URL)
    assert shown["source"]["password"] == MASK
    assert shown["source"]["url"] == f"https://lists.test/white.csv?{MASK}"
    mirror(api, shown["source"], every_minutes=5)
    with transaction(api.site.engine) as session:
        row = session.scalars(select(ListMirror)).one()
        assert b"hunter2" not in row.source
        vault = Vault(api.site.settings.secret_key.get_secret_value())
        assert vault.open(row.source)["password"] == "hunter2"
        assert vault.open(row.source)["url"] == URL["url"]
        assert "hunter2" not in str(session.scalars(select(Audit.detail)).all())
    stolen = {**shown["source"], "url": f"https://evil.test/white.csv?{MASK}"}
    assert api.client.put(MIRROR, json={"source": stolen}).json()["field"] == "source"


def test_a_mirror_can_be_switched_off_run_at_once_and_taken_away(api: Api) -> None:
    assert api.client.get(MIRROR).status_code == 404
    offer(api, "AA11\n")
    mirror(api, FILE, enabled=False)
    assert run(api)["last_run_at"] is None
    mirror(api, FILE, every_minutes=60)
    first = run(api)
    assert first["next_run_at"] > first["last_run_at"]
    asked = api.client.post(f"{MIRROR}/run")
    assert (asked.status_code, asked.json()["next_run_at"] < first["next_run_at"]) == (202, True)
    assert api.client.delete(MIRROR).status_code == 204
    assert api.client.get(MIRROR).status_code == 404
    assert set(entries(api)) == {"AA11"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"every_minutes": 1}, "every_minutes"),
        ({"most_removed": 2}, "most_removed"),
        ({"apply": "always"}, "apply"),
        ({"read_as": {"map": ["nonsense"]}}, "map"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_wrong_settings_of_a_mirror_are_named(api: Api, change: dict[str, object], field: str) -> None:
    answer = api.client.put(MIRROR, json={"source": FILE, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_only_who_may_write_lists_may_set_a_mirror(api: Api) -> None:
    mirror(api, FILE)
    reader = api.as_key("lists:read")
    assert api.stranger.get(MIRROR, headers=reader).status_code == 200
    for method, address in (("PUT", MIRROR), ("DELETE", MIRROR), ("POST", f"{MIRROR}/run")):
        body = {"source": FILE} if method == "PUT" else None
        assert api.stranger.request(method, address, headers=reader, json=body).status_code == 403


def test_a_mirror_never_asks_this_machine(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATEWIRE_ALLOW_LOOPBACK", raising=False)
    monkeypatch.setattr(work, "from_environment", lambda: api.site.settings)
    with transaction(api.site.engine) as session:
        white = session.scalars(select(PlateList.id).where(PlateList.name == "white")).one()
    with JsonReceiver() as receiver:
        mirror(api, {"kind": "url", "url": receiver.url})
        work.run_mirror(str(white))
        assert receiver.requests == []
    told = api.client.get(MIRROR).json()
    assert (told["last_ok"], "are not allowed" in told["last_sentence"]) == (False, True)


def test_who_may_only_write_lists_sets_no_mirror_but_runs_it(api: Api) -> None:
    offer(api, "AA11\n")
    mirror(api, FILE)
    headers = api.as_key("lists:read", "lists:write")
    assert api.stranger.put(MIRROR, json={"source": FILE}, headers=headers).status_code == 403
    assert api.stranger.post(f"{MIRROR}/run", headers=headers).status_code == 202
    with transaction(api.site.engine) as session:
        assert session.scalars(select(Audit.subject).where(Audit.action == "list.mirror.run")).all() == ["white"]
