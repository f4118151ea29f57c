"""The audit log: only added to, chained, found again, and safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.api.audit import endpoints
from shared import audit
from shared.db.session import transaction
from shared.db.tables import Audit
from tests.integration.api.gateway import Api, add_camera, an_event

FORGED = "olena\n2026-01-01 admin signed in\x1b[2J"


def fill(api: Api, count: int = 5) -> None:
    for number in range(count):
        with transaction(api.site.engine) as session:
            audit.record(session, "user:admin", "list.add", f"List {number}", {"number": number, "words": ["ü", "🚗"]})


def tamper(api: Api, statement: str) -> None:
    """What somebody with every right in the database could do."""
    with api.site.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement))


def verdict(api: Api, head: str = "") -> tuple[bool, int, int | None]:
    found = api.client.get("/api/v1/audit/verify", params={"head": head}).json()
    return found["whole"], found["rows"], found["broken_at"]


@pytest.mark.parametrize("table", ["audit", "audit_chain"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_everything_but_adding(api: Api, table: str, change: str) -> None:
    fill(api)
    column = "actor = 'nobody'" if table == "audit" else "hash = ''"
    with pytest.raises(IntegrityError, match="only added to"), api.site.engine.begin() as connection:
        connection.execute(text(change.format(table, column)))
    assert verdict(api) == (True, 5, None)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET actor = 'user:guard' WHERE id = 3", 3),
        ("UPDATE audit SET detail = '{}' WHERE id = 3", 3),
        ("UPDATE audit SET at = at - interval '1 microsecond' WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 3", 3),
        ("DELETE FROM audit_chain WHERE audit_id = 3", 4),
        ("WITH gone AS (DELETE FROM audit WHERE id = 3) DELETE FROM audit_chain WHERE audit_id = 3", 4),
        ("INSERT INTO audit (actor, action) VALUES ('user:admin', 'forged')", 6),
        ("UPDATE audit_chain SET position = position + 10 WHERE position = 5", 5),
    ],
)
def test_what_was_changed_behind_our_back_is_found(api: Api, statement: str, broken: int) -> None:
    fill(api)
    tamper(api, statement)
    whole, _, broken_at = verdict(api)
    assert (whole, broken_at) == (False, broken)


def test_rows_cut_off_at_the_end_are_found_by_the_hash_that_was_kept(api: Api) -> None:
    fill(api)
    head = api.client.get("/api/v1/audit/verify").json()["head"]
    fill(api, 1)
    assert verdict(api, head) == (True, 6, None)
    tamper(api, "DELETE FROM audit_chain WHERE position > 3")
    tamper(api, "DELETE FROM audit WHERE id > 3")
    assert verdict(api) == (True, 3, None)
    assert verdict(api, head) == (False, 3, None)


def test_many_writers_at_once_make_one_chain(api: Api) -> None:
    failures: list[Exception] = []

    def write(writer: int) -> None:
        try:
            for number in range(20):
                with transaction(api.site.engine) as session:
                    audit.record(session, f"key:{writer}", "list.add", str(number))
                    audit.record(session, f"key:{writer}", "list.delete", str(number))
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failures == []
    assert verdict(api) == (True, 240, None)


def test_a_change_that_is_undone_leaves_no_gap(api: Api) -> None:
    fill(api, 2)
    with Session(api.site.engine) as session:
        audit.record(session, "user:admin", "list.add", "undone")
        session.flush()
        session.rollback()
    fill(api, 2)
    assert verdict(api) == (True, 4, None)


def test_a_long_log_is_walked_in_pieces(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "CHUNK", 3)
    fill(api, 10)
    assert verdict(api) == (True, 10, None)
    tamper(api, "UPDATE audit SET subject = 'x' WHERE id = 7")
    assert verdict(api) == (False, 6, 7)


def test_it_is_searched_by_time_actor_action_and_subject(api: Api) -> None:
    fill(api, 3)
    add_camera(api, "Gate in")
    api.sign_in()

    def subjects(**query: str) -> list[str]:
        return [row["subject"] for row in api.client.get("/api/v1/audit", params=query).json()["entries"]]

    assert subjects(action="camera") == ["Gate in"]
    assert subjects(action="camera.add") == ["Gate in"]
    assert subjects(action="came") == []
    assert subjects(actor="user:admin", action="list") == ["List 2", "List 1", "List 0"]
    assert subjects(subject="List 1") == ["List 1"]
    assert subjects(action="sign_in") == ["admin"]
    first = api.client.get("/api/v1/audit", params={"subject": "List 1"}).json()["entries"][0]["at"]
    assert "List 0" not in subjects(**{"from": first})
    assert subjects(**{"to": first}) == ["List 0"]


def test_pages_go_on_where_the_one_before_ended(api: Api) -> None:
    fill(api, 7)
    found, cursor = [], None
    for _ in range(4):
        page = api.client.get("/api/v1/audit", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [row["subject"] for row in page["entries"]]
        cursor = page["next"]
    assert found == [f"List {number}" for number in reversed(range(7))]
    assert cursor is None
    assert api.client.get("/api/v1/audit", params={"cursor": "nonsense"}).status_code == 422


def test_the_export_is_safe_in_a_spreadsheet_and_is_itself_in_the_log(api: Api) -> None:
    for name in ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)", 'a "quoted", name'):
        with transaction(api.site.engine) as session:
            audit.record(session, "user:admin", "list.add", name)
    answer = api.client.get("/api/v1/audit/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    named = ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", 'a "quoted", name', "csv"]
    assert [row["subject"] for row in rows] == named
    lines = [json.loads(line) for line in api.client.get("/api/v1/audit/export?format=jsonl").text.splitlines()]
    assert lines[0]["subject"] == "=HYPERLINK(1)"
    assert [line["action"] for line in lines[-2:]] == ["audit.export"] * 2
    assert all(len(line["hash"]) == 64 for line in lines)


def test_an_export_ends_when_the_key_is_taken_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "LOOK_AGAIN", 4)
    fill(api, 20)
    monkeypatch.setattr(endpoints, "still_in", lambda request, site: False)
    assert len(api.client.get("/api/v1/audit/export?format=jsonl").text.splitlines()) == 3


def test_nobody_forges_a_row_by_a_name(api: Api) -> None:
    api.stranger.post("/api/v1/session", json={"name": FORGED, "password": "x"})
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit)).one()
    assert row.subject == r"olena\x0a2026-01-01 admin signed in\x1b[2J"
    assert row.actor == f"user:{row.subject}"


def test_a_search_for_a_plate_is_kept_with_its_reason_and_other_looks_are_not(api: Api) -> None:
    api.store(*(an_event(f"AA12{number}4BB") for number in range(3)))
    api.client.get("/api/v1/events")
    api.client.get("/api/v1/events", params={"direction": "in"})
    page = api.client.get("/api/v1/events", params={"plate": "AA12", "limit": 1, "reason": "case 17"}).json()
    api.client.get("/api/v1/events", params={"plate": "AA12", "limit": 1, "cursor": page["next"]})
    api.client.get("/api/v1/events", params={"plate": "BB"}, headers={"X-Platewire-Reason": "case 18"})
    entries = api.client.get("/api/v1/audit", params={"action": "event.search"}).json()["entries"]
    assert [(row["subject"], row["detail"]["reason"]) for row in entries] == [("BB", "case 18"), ("AA12", "case 17")]


@pytest.mark.parametrize("scope", ["events:read", "lists:write"])
def test_only_who_may_reads_it(api: Api, scope: str) -> None:
    assert api.stranger.get("/api/v1/audit", headers=api.as_key(scope)).status_code == 403
    assert api.stranger.get("/api/v1/audit", headers=api.as_key("audit:read")).status_code == 200
