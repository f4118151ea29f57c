"""`list`: a whole list, in forms that `import` takes back."""

from __future__ import annotations

import csv
import io

import pytest

from services.api.webapi import list_entries
from tests.integration.api.gateway import Api
from tests.integration.api.webapi.asking import ask, check_who_may, done, refused


def test_list_is_for_those_who_may_read_lists(api: Api) -> None:
    check_who_may(api, "list", "lists:read", params={"list": "black"})


def test_every_format_holds_the_whole_list(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_entries, "BATCH", 7)
    plates = [f"AB{number:02}" for number in range(30)]
    ask(api, "import", list="black", plates=",".join(plates))
    ask(api, "add", list="black", plate="cc 11", description="Wolf", valid_from="2026-11-01T00:00:00Z")
    text = ask(api, "list", list="black", format="text")
    assert (text.text.split(), text.headers["content-type"]) == ([*plates, "CC11"], "text/plain; charset=utf-8")
    table = ask(api, "list", list="BLACK")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(table.text)))
    assert (rows[0], rows[-1], len(rows)) == (["License Plate", "Description"], ["cc 11", "Wolf"], 32)
    document = done(api.client.get("/webapi?command=LIST&list=black&format=json"))
    assert document["list"] == "black"
    assert document["entries"][-1] == {
        "plate": "CC11",
        "typed": "cc 11",
        "description": "Wolf",
        "valid_from": "2026-11-01T00:00:00+00:00",
        "valid_to": None,
    }


@pytest.mark.parametrize(("form", "empty"), [("csv", "License Plate,Description\r\n"), ("text", "")])
def test_an_empty_list_is_an_empty_answer(api: Api, form: str, empty: str) -> None:
    assert ask(api, "list", list="white", format=form).text == empty
    assert done(ask(api, "list", list="white", format="json")) == {"list": "white", "entries": []}


def test_what_was_exported_can_be_imported_with_cells_guarded_on_the_way(api: Api) -> None:
    ask(api, "add", list="black", plate="-AB 12", description="=HYPERLINK(1)")
    table = ask(api, "list", list="black").text
    assert "'-AB 12,'=HYPERLINK(1)" in table
    api.client.post("/webapi/import?list=white", content=table, headers={"Content-Type": "text/csv"})
    (entry,) = done(ask(api, "list", list="white", format="json"))["entries"]
    assert (entry["plate"], entry["description"]) == ("AB12", "=HYPERLINK(1)")


def test_wrong_parameters_are_named(api: Api) -> None:
    refused(ask(api, "list"), 422, field="list")
    refused(ask(api, "list", list="black", format="xlsx"), 422, field="format")
    refused(ask(api, "list", list="black", limit=5), 422, field="limit")
    refused(ask(api, "list", list="Staff"), 404)
    refused(ask(api, "list", list="\0"), 422, field="list")
