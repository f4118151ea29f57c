"""`remove`: one plate off a list."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shared.db.session import transaction
from shared.db.tables import Audit, ListEntry
from tests.integration.api.gateway import Api
from tests.integration.api.webapi.asking import ask, check_who_may, done, refused


def on_lists(api: Api) -> list[str]:
    with transaction(api.site.engine) as session:
        return list(session.scalars(select(ListEntry.plate).order_by(ListEntry.plate)))


def test_remove_is_for_those_who_may_write_lists(api: Api) -> None:
    check_who_may(api, "remove", "lists:write", params={"list": "black", "plate": "AA11"})


@pytest.mark.parametrize("way", ["query", "guide", "form", "json"])
def test_a_plate_is_removed_in_whatever_form_it_is_typed(api: Api, way: str) -> None:
    ask(api, "import", list="black", plates="AA11,BB22,B?2*")
    asked = {"list": "Black", "plate": "а-а 11"}
    answer = {
        "query": lambda: api.client.get("/webapi/remove", params=asked),
        "guide": lambda: api.client.get("/webapi", params={"command": "REMOVE", **asked}),
        "form": lambda: api.client.post("/webapi/remove", data=asked),
        "json": lambda: api.client.post("/webapi/remove", json=asked),
    }[way]()
    assert done(answer) == {"removed": True}
    assert on_lists(api) == ["B?2*", "BB22"]


def test_a_pattern_is_removed_as_it_stands_and_takes_nothing_with_it(api: Api) -> None:
    ask(api, "import", list="black", plates="BB22,B?2*")
    assert done(ask(api, "remove", list="black", plate="b?2*"))["removed"]
    assert on_lists(api) == ["BB22"]


def test_what_is_not_on_the_list_is_said_so(api: Api) -> None:
    ask(api, "add", list="white", plate="AA11")
    refused(ask(api, "remove", list="black", plate="AA11"), 404, "not_listed")
    refused(ask(api, "remove", list="Staff", plate="AA11"), 404)
    assert on_lists(api) == ["AA11"]


NO_PLATES = ["A", "A" * 17, "🚗🚙", "AB\0CD", "' OR 1=1 --", "**", "", " "]


def test_what_is_no_plate_is_refused(api: Api, subtests: pytest.Subtests) -> None:
    for plate in NO_PLATES:
        with subtests.test(plate=plate):
            ask(api, "add", list="black", plate="AA11")
            refused(ask(api, "remove", list="black", plate=plate), 422, field="plate")
            assert on_lists(api) == ["AA11"]


def test_wrong_parameters_are_named(api: Api) -> None:
    refused(ask(api, "remove", plate="AA11"), 422, field="list")
    refused(ask(api, "remove", list="black"), 422, field="plate")
    refused(ask(api, "remove", list="black", plate="AA11", all="yes"), 422, field="all")


def test_a_removal_is_on_record(api: Api) -> None:
    ask(api, "add", list="black", plate="AA11")
    done(ask(api, "remove", list="black", plate="AA11"))
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "list.entry.delete")).one()
    assert (row.subject, row.detail) == ("black", {"plate": "AA11"})
