"""`add`: one plate onto a list, with all that an entry may hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from shared.db.session import transaction
from shared.db.tables import Audit, ListChange, ListEntry
from shared.site import TimeZone, save
from tests.integration.api.gateway import Api
from tests.integration.api.webapi.asking import ask, check_who_may, done, refused

WORK = {"periods": [{"days": ["mon", "fri"], "start": "08:00", "end": "17:00"}]}


def entries(api: Api) -> list[ListEntry]:
    with transaction(api.site.engine) as session:
        return list(session.scalars(select(ListEntry)))


def test_add_is_for_those_who_may_write_lists(api: Api) -> None:
    check_who_may(api, "add", "lists:write", params={"list": "white", "plate": "AA11"})


def test_a_plate_is_added_once(api: Api) -> None:
    assert done(ask(api, "add", list="white", plate=" aa 12-34.bb ")) == {
        "list": "white",
        "plate": "AA1234BB",
        "added": True,
    }
    again = ask(api, "add", list="WHITE", plate="АА1234ВВ", description="other")
    assert done(again) == {"list": "white", "plate": "AA1234BB", "added": False}
    (entry,) = entries(api)
    assert (entry.plate, entry.typed, entry.note, entry.pattern) == ("AA1234BB", "aa 12-34.bb", "", False)


def test_an_entry_holds_what_came_with_it_by_query_form_or_json(api: Api) -> None:
    with transaction(api.site.engine) as session:
        save(session, TimeZone(value="Europe/Kyiv"))
    asked: dict[str, Any] = {
        "list": "white",
        "description": "Wolf, gate 2",
        "valid_from": "2026-11-01",
        "valid_to": "1798754400",
    }
    text = json.dumps(WORK)
    done(api.client.get("/webapi", params={"command": "ADD", "plate": "AA1?", "schedule": text, **asked}))
    done(api.client.post("/webapi/add", data={"plate": "BB1*", "schedule": text, **asked}))
    done(api.client.post("/webapi/add", json={"plate": "CC11", "schedule": WORK, **asked}))
    found = entries(api)
    assert sorted((one.plate, one.pattern) for one in found) == [("AA1?", True), ("BB1*", True), ("CC11", False)]
    for one in found:
        assert one.note == "Wolf, gate 2"
        assert one.valid_from == datetime(2026, 10, 31, 22, tzinfo=UTC)
        assert one.valid_to == datetime.fromtimestamp(1798754400, UTC)
        assert one.schedule == WORK


NO_PLATES = ["A", "A" * 17, "🚗🚙", "AB\0CD", "\u202eAB12", "##", "?*", "' OR 1=1 --", "", " ", "A" * 1001]


def test_what_is_no_plate_is_refused(api: Api, subtests: pytest.Subtests) -> None:
    for plate in NO_PLATES:
        with subtests.test(plate=plate):
            refused(ask(api, "add", list="white", plate=plate), 422, field="plate")
            assert entries(api) == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"list": ""}, "list"),
    ({"plate": ["AA11"]}, "plate"),
    ({"description": "x" * 501}, "description"),
    ({"description": "a\0b"}, "description"),
    ({"valid_from": "soon"}, "valid_from"),
    ({"valid_from": "2026-12-01", "valid_to": "2026-11-01"}, "valid_to"),
    ({"schedule": "{"}, "schedule"),
    ({"schedule": {"periods": []}}, "schedule"),
    ({"schedule": {"periods": [{"days": ["someday"], "start": "08:00", "end": "17:00"}]}}, "schedule"),
    ({"note": "x"}, "note"),
]


def test_wrong_parameters_are_named_and_nothing_is_added(api: Api, subtests: pytest.Subtests) -> None:
    for asked, field in WRONG:
        with subtests.test(asked=asked, field=field):
            body = {"list": "white", "plate": "AA11", **asked}
            refused(api.client.post("/webapi/add", json=body), 422, field=field)
            assert entries(api) == []


def test_a_list_that_does_not_exist_is_said_so(api: Api) -> None:
    refused(ask(api, "add", list="Staff", plate="AA11"), 404)
    api.client.post("/api/v1/lists", json={"name": "Staff"})
    assert done(ask(api, "add", list="Staff", plate="AA11"))["added"]


def test_only_a_change_is_on_record(api: Api) -> None:
    for _ in range(2):
        done(ask(api, "add", list="white", plate="AA11"))
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "list.entry.add")).one()
    assert (row.actor, row.subject, row.detail) == ("key:everything", "white", {"plate": "AA11"})


def test_a_page_of_another_site_cannot_use_what_a_browser_remembers(api: Api) -> None:
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site}
        answer = api.client.get("/webapi/add?list=white&plate=AA11", headers=headers)
        refused(answer, 403)
    assert entries(api) == []


def test_whatever_changes_a_list_moves_the_counter_that_the_reactor_follows(api: Api) -> None:
    def changes() -> int:
        with transaction(api.site.engine) as session:
            return session.scalar(select(func.sum(ListChange.changes))) or 0

    before = changes()
    done(ask(api, "add", list="white", plate="AA11"))
    added = changes()
    done(ask(api, "import", list="white", plates="AA11,BB22"))
    imported = changes()
    done(ask(api, "remove", list="white", plate="BB22"))
    assert before < added < imported < changes()
