"""Exports: a list as a file, which changes nothing when it is imported again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest
from sqlalchemy import delete, select

from services.api.transfer import endpoints, writing
from services.api.transfer.tables import Form
from services.api.transfer.writing import Entry
from shared.db.session import transaction
from shared.db.tables import ApiKey, Audit
from tests.integration.api.gateway import Api
from tests.integration.api.transfers import LISTS, bring_in, entries, upload

NIGHTS = {"periods": [{"days": ["sun", "fri"], "start": "22:00", "end": "06:00"}]}
NASTY = [
    {"plate": "AA 12-34 BB", "note": "=cmd|'/C calc'!A0", "owner": "'=x"},
    {"plate": "КА*", "note": 'says "hi"; twice, at least', "valid_to": "2030-01-01T00:00:00Z"},
    {"plate": "-B?1", "note": "'", "owner": "@home", "schedule": NIGHTS, "tag": "=night", "colour": "red"},
    {"plate": "123456", "contact": "+49 89 123", "valid_from": "2026-01-01T10:30:00.123456+02:00"},
    {"plate": "WÖÄ1", "note": "Łukasz 😀 <b>&amp;</b> _x0041_", "owner": "-1"},
]


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_round_trip_changes_nothing(api: Api, form: str, mode: str) -> None:
    bring_in(api, json.dumps(NASTY))
    before = entries(api)
    exported = api.client.get(f"{LISTS}/white/exports", params={"format": form})
    assert exported.status_code == 200
    planned = upload(api, exported.content, mode=mode)
    counts = {"added": 0, "changed": 0, "unchanged": 5, "duplicates": 0, "invalid": 0, "removed": 0}
    assert planned["counts"] == counts, planned["report"]
    bring_in(api, exported.content, "black", mode=mode)
    assert {plate: row["note"] for plate, row in entries(api, "black").items()} == {
        plate: row["note"] for plate, row in before.items()
    }


def test_plain_text_gives_the_plates_back(api: Api) -> None:
    bring_in(api, "AA 11\nБВ*\n")
    exported = api.client.get(f"{LISTS}/white/exports?format=text")
    assert exported.text == "AA 11\nБВ*\n"
    assert upload(api, exported.content, mode="replace")["counts"]["unchanged"] == 2


@pytest.mark.parametrize(
    ("form", "kind", "suffix"),
    [
        ("csv", "text/csv", "csv"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("json", "application/json", "json"),
        ("text", "text/plain", "txt"),
    ],
)
def test_an_export_is_a_download_with_the_lists_name(api: Api, form: str, kind: str, suffix: str) -> None:
    api.client.post(LISTS, json={"name": "Гості & co"})
    answer = api.client.get(f"{LISTS}/Гості & co/exports", params={"format": form})
    assert answer.headers["content-type"].partition(";")[0] == kind
    name = answer.headers["content-disposition"]
    assert name.startswith("attachment; filename*=UTF-8''%D0%93")
    assert name.endswith(f".{suffix}")
    assert "no-store" in answer.headers["cache-control"]


def test_an_export_is_in_the_audit_and_asks_for_the_right_to_read(api: Api) -> None:
    assert api.client.get(f"{LISTS}/white/exports").status_code == 200
    assert api.client.get(f"{LISTS}/ghosts/exports").status_code == 404
    assert api.client.get(f"{LISTS}/white/exports?format=pdf").status_code == 422
    with transaction(api.site.engine) as session:
        told = session.scalars(select(Audit).where(Audit.action == "list.export")).one()
    assert (told.subject, told.detail) == ("white", {"format": "csv"})
    assert api.stranger.get(f"{LISTS}/white/exports", headers=api.as_key("events:read")).status_code == 403


def test_a_list_that_no_sheet_can_hold_is_refused_as_a_workbook(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.api.transfer.queries.MOST_SHEET_ROWS", 2)
    bring_in(api, "AA11\nBB22")
    assert api.client.get(f"{LISTS}/white/exports?format=xlsx").status_code == 409
    assert api.client.get(f"{LISTS}/white/exports?format=csv").status_code == 200


def test_a_long_list_is_exported_whole(api: Api) -> None:
    bring_in(api, "\n".join(f"AA{number:05d}" for number in range(7000)))
    assert api.client.get(f"{LISTS}/white/exports").text.count("\r\n") == 7001


def test_a_download_breaks_off_when_its_key_is_taken_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(api, "AA11\nBB22\nCC33\n")
    headers, whole = api.as_key("lists:read"), writing.write

    def interrupted(form: Form, entries: Iterable[Entry]) -> Iterator[bytes]:
        for piece in whole(form, entries):
            yield piece
            with transaction(api.site.engine) as session:
                session.execute(delete(ApiKey).where(ApiKey.name != "everything"))

    monkeypatch.setattr(endpoints, "write", interrupted)
    monkeypatch.setattr(endpoints, "LOOK_AGAIN", -1.0)
    with pytest.raises(RuntimeError, match="already started"):
        api.stranger.get(f"{LISTS}/white/exports?format=text", headers=headers)
