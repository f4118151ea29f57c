"""`export`: all that the last search matched, as it stood, in every format, without holding it whole."""

from __future__ import annotations

import csv
import gc
import io
import json
import zipfile
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select, update

from services.api.errors import TooMany
from services.api.search import pages
from services.api.webapi.call import EXPORTS_AT_ONCE, Exports
from shared.db.session import transaction
from shared.db.tables import ApiKey, Audit, EventRow
from shared.media import MediaStore
from tests.integration.api.gateway import JPEG, Api, an_event
from tests.integration.api.webapi.asking import ask, check_who_may, done, refused

WHEN = datetime(2026, 11, 14, 10, 30, tzinfo=UTC)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_export_is_for_those_who_may_read_events(api: Api) -> None:
    check_who_may(api, "export", "events:read")


def test_before_the_first_search_there_is_nothing_to_export(api: Api) -> None:
    refused(ask(api, "export"), 409, "no_search")


def test_the_whole_search_is_exported_not_only_its_page(api: Api) -> None:
    api.store(*[an_event(f"AB{number}", WHEN + timedelta(minutes=number)) for number in range(25)])
    api.store(an_event("ZZ99", WHEN))
    done(ask(api, "search", text="AB", limit=2, sort="oldest"))
    answer = ask(api, "export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="platewire-events-2')
    assert [row["plateUnicode"] for row in rows_of(answer.text)] == [f"AB{number}" for number in range(25)]
    assert answer.content.startswith(b"\xef\xbb\xbfeventID,")


def test_it_is_the_search_of_this_credential_even_after_others_searched(api: Api) -> None:
    api.store(an_event("AB12"), an_event("CD34"))
    mine, other = api.as_key("events:read"), api.as_key("events:read")
    api.stranger.get("/webapi/search?text=AB", headers=mine)
    api.stranger.get("/webapi/search?text=CD", headers=other)
    for headers, plate in ((mine, "AB12"), (other, "CD34")):
        answer = api.stranger.get("/webapi/export", headers=headers)
        assert [row["plateUnicode"] for row in rows_of(answer.text)] == [plate]
    refused(api.stranger.get("/webapi/export", headers=api.as_key("events:read")), 409, "no_search")


def test_what_was_stored_after_the_search_is_left_out_even_if_it_happened_before(api: Api) -> None:
    api.store(an_event("AB12", WHEN))
    done(ask(api, "search"))
    api.store(an_event("CD34", WHEN - timedelta(days=1)))
    assert [row["plateUnicode"] for row in rows_of(ask(api, "export").text)] == ["AB12"]
    done(ask(api, "search"))
    assert len(rows_of(ask(api, "export").text)) == 2


def test_a_further_page_keeps_the_moment_of_its_search(api: Api) -> None:
    api.store(*[an_event(at=WHEN + timedelta(minutes=number)) for number in range(3)])
    cursor = done(ask(api, "search", limit=2))["next"]
    api.store(an_event(at=WHEN - timedelta(days=1)))
    assert len(done(ask(api, "search", limit=2, cursor=cursor))["events"]) == 2
    assert len(rows_of(ask(api, "export").text)) == 3


def test_an_event_that_goes_on_after_the_search_stays_in_the_export(api: Api) -> None:
    event = an_event("AB12", WHEN)
    api.store(event)
    done(ask(api, "search"))
    with transaction(api.site.engine) as session:
        session.execute(update(EventRow).where(EventRow.event_id == event.event_id).values(reads=99))
    assert len(rows_of(ask(api, "export").text)) == 1


def test_many_batches_are_joined_without_a_seam_in_every_format(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BATCH", 7)
    api.store(*[an_event(f"AB{number:02}", WHEN + timedelta(minutes=number)) for number in range(50)])
    done(ask(api, "search", sort="oldest"))
    wanted = [f"AB{number:02}" for number in range(50)]
    assert [row["plateUnicode"] for row in rows_of(ask(api, "export", format="csv").text)] == wanted
    events = json.loads(ask(api, "export", format="json").content)["events"]
    assert [event["plateText"] for event in events] == wanted
    sheet = load_workbook(io.BytesIO(ask(api, "export", format="xlsx").content)).worksheets[0]
    assert [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)] == wanted


@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "zip"])
def test_a_search_without_matches_is_a_download_without_events(api: Api, form: str) -> None:
    done(ask(api, "search"))
    answer = ask(api, "export", format=form)
    assert answer.status_code == 200
    if form == "json":
        assert answer.json() == {"events": []}
    elif form == "xlsx":
        assert load_workbook(io.BytesIO(answer.content)).worksheets[0].max_row == 1
    elif form == "zip":
        assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == ["events.csv"]
    else:
        assert rows_of(answer.text) == []


def test_a_zip_holds_the_table_and_the_pictures_that_are_still_there(api: Api) -> None:
    media = MediaStore(api.site.settings.media_dir)
    kept, gone = (media.put(JPEG, name, WHEN) for name in ("kept", "gone"))
    media.discard(gone)
    first, second = an_event("AB12", WHEN, frame_key=kept, crop_key=gone), an_event("CD34", WHEN)
    api.store(first, second)
    done(ask(api, "search"))
    answer = ask(api, "export", format="zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["events.csv", f"pictures/{first.event_id}_frame.jpg"]
        assert archive.read(f"pictures/{first.event_id}_frame.jpg") == JPEG
        assert len(rows_of(archive.read("events.csv").decode())) == 2


def test_cells_are_no_formulas_in_csv_and_xlsx(api: Api) -> None:
    api.store(an_event("AB12", WHEN, lists=("=1+1", "+38")))
    done(ask(api, "search"))
    assert rows_of(ask(api, "export").text)[0]["plateList"] == "'=1+1; +38"
    sheet = load_workbook(io.BytesIO(ask(api, "export", format="xlsx").content)).worksheets[0]
    cell = next(cell for cell in sheet[2] if "1+1" in str(cell.value))
    assert (cell.data_type, cell.value) == ("s", "'=1+1; +38")


def test_a_deleted_list_does_not_break_the_export_of_a_search_for_it(api: Api) -> None:
    api.client.post("/api/v1/lists", json={"name": "Staff"})
    api.store(an_event("AB12", WHEN, lists=("Staff",)))
    done(ask(api, "search", list="Staff"))
    api.client.delete("/api/v1/lists/Staff")
    assert len(rows_of(ask(api, "export").text)) == 1


def test_an_export_is_on_record_with_what_was_searched_for(api: Api) -> None:
    done(ask(api, "search", text="AB"))
    ask(api, "export", format="json")
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "event.export")).one()
    assert (row.subject, row.detail["search"]["criteria"]["text"]) == ("json", "AB")


def test_so_many_downloads_run_at_once_and_neither_done_nor_dropped_ones_count() -> None:
    exports = Exports()
    running = [exports.begin(iter([b"x", b"y"])) for _ in range(EXPORTS_AT_ONCE)]
    with pytest.raises(TooMany):
        exports.begin(iter([b"x"]))
    assert list(running[0]) == [b"x", b"y"]
    running.append(exports.begin(iter([b"x"])))
    with pytest.raises(TooMany):
        exports.begin(iter([b"x"]))
    assert next(running[1]) == b"x"
    del running[1]
    del running[1]
    gc.collect()
    assert [next(exports.begin(iter([b"x"]))) for _ in range(2)] == [b"x"] * 2


@pytest.mark.parametrize("end", ["the key is taken away", "the key is limited"])
def test_a_download_breaks_off_when_its_credential_ends(api: Api, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(pages, "BATCH", 7)
    api.store(*[an_event(f"AB{number:02}", WHEN + timedelta(minutes=number)) for number in range(20)])
    key, whole = api.as_key("events:read"), pages.stream

    def interrupted(*asked: Any, **more: Any) -> Generator[list[EventRow]]:
        for rows in whole(*asked, **more):
            yield rows
            with transaction(api.site.engine) as session:
                session.execute(delete(ApiKey) if "taken" in end else update(ApiKey).values(cameras=[uuid4()]))

    assert api.stranger.get("/webapi/search", headers=key).status_code == 200
    monkeypatch.setattr(pages, "stream", interrupted)
    with pytest.raises(RuntimeError, match="already started"):
        api.stranger.get("/webapi/export", headers=key)


def test_wrong_parameters_are_named(api: Api) -> None:
    done(ask(api, "search"))
    refused(ask(api, "export", format="pdf"), 422, field="format")
    refused(ask(api, "export", text="AB"), 422, field="text")
