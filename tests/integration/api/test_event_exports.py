"""Exports of events: asked for, written by a job, fetched, and gone after a day."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, update

from services.api.exports import stranded
from services.api.exports.found import MOST
from services.api.exports.storage import ExportFiles
from shared.clock import now
from shared.credentials import Role, create_user
from shared.db.session import transaction
from shared.db.tables import Audit, EventExport, User
from shared.jobs import WRITE_EXPORT, job_of, list_queue
from shared.media import MediaStore
from shared.messages import Event
from tests.integration.api.gateway import JPEG, PASSWORD, Api, an_event
from tests.integration.api.transfers import work

EXPORTS = "/api/v1/exports"


def export(api: Api, form: str, **asked: object) -> dict[str, Any]:
    """As it is after the job."""
    started = api.client.post(EXPORTS, json={"format": form, **asked})
    assert started.status_code == 202, started.text
    assert started.json()["state"] == "waiting"
    work(api)
    found: dict[str, Any] = api.client.get(f"{EXPORTS}/{started.json()['id']}").json()
    return found


def fetch(api: Api, told: dict[str, Any]) -> bytes:
    answer = api.client.get(told["file_url"])
    assert answer.status_code == 200, answer.text
    assert (len(answer.content), hashlib.sha256(answer.content).hexdigest()) == (told["size"], told["sha256"])
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


def store_some(api: Api) -> list[Event]:
    media, moment = MediaStore(api.site.settings.media_dir), now() - timedelta(hours=1)
    keys = {f"{kind}_key": media.put(JPEG, kind, moment) for kind in ("frame", "crop")}
    events = [
        an_event("KA4711XY", moment, camera_name='=cmd|"A1"', lists=("white", "staff"), **keys),
        an_event("BB2222BB", moment + timedelta(minutes=1)),
    ]
    api.store(*events)
    return events


def test_a_search_is_written_as_csv_that_no_spreadsheet_runs(api: Api) -> None:
    api.client.patch("/api/v1/site", json={"timezone": "Asia/Tokyo"})
    first, _second = store_some(api)
    api.client.put(f"/api/v1/events/{first.event_id}/correction", json={"plate": "KA4771XY"})
    api.client.put(f"/api/v1/events/{first.event_id}/tags/vip")
    told = export(api, "csv", query="plate=KA*", reason="case 17")
    assert (told["state"], told["done"], told["total"], told["sentence"]) == ("done", 1, 1, "Done")
    content = fetch(api, told).decode()
    assert content.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")))
    assert (row["plate"], row["read_plate"], row["tags"], row["camera"]) == (
        "KA4771XY",
        "KA4711XY",
        "vip",
        '\'=cmd|"A1"',
    )
    assert row["captured_at"].endswith("+09:00")
    with transaction(api.site.engine) as session:
        rows = session.execute(select(Audit.action, Audit.detail).where(Audit.action.startswith("event.export"))).all()
    assert [row.action for row in rows] == ["event.export", "event.export.fetch"]
    assert rows[0].detail == {"format": "csv", "query": "plate=KA*", "ids": 0, "reason": "case 17"}


def test_chosen_events_are_written_as_a_sheet(api: Api) -> None:
    events = store_some(api)
    told = export(api, "xlsx", ids=[str(events[1].event_id)])
    sheet = load_workbook(io.BytesIO(fetch(api, told))).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[1] for row in rows] == ["plate", "BB2222BB"]


def test_evidence_holds_pictures_and_the_hash_of_every_file(api: Api) -> None:
    events = store_some(api)
    api.client.post(f"/api/v1/events/{events[0].event_id}/notes", json={"text": "Look at the bumper"})
    told = export(api, "zip")
    with zipfile.ZipFile(io.BytesIO(fetch(api, told))) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        hashes = {file["name"]: file["sha256"] for file in manifest["files"]}
        assert set(archive.namelist()) == {*hashes, "manifest.json", "SHA256SUMS"}
        for name, digest in hashes.items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        sums = dict(line.split("  ")[::-1] for line in archive.read("SHA256SUMS").decode().splitlines())
        assert sums == hashes
        (folder,) = {name.rpartition("/")[0] for name in hashes if "_KA4711XY_" in name}
        assert archive.read(f"{folder}/frame.jpg") == archive.read(f"{folder}/crop.jpg") == JPEG
        event = json.loads(archive.read(f"{folder}/event.json"))
        assert len([name for name in hashes if name.endswith("event.json")]) == 2
        assert len(archive.read("events.csv").splitlines()) == 3
    assert (event["plate"], event["notes"][0]["text"]) == ("KA4711XY", "Look at the bumper")
    assert manifest["made_by"] == "key:everything"


def test_more_than_a_file_takes_fails_with_a_sentence(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    store_some(api)
    monkeypatch.setitem(MOST, "zip", 1)
    told = export(api, "zip")
    assert (told["state"], told["file_url"]) == ("failed", "")
    assert told["sentence"] == "There are more than 1 events, the most that one file takes; narrow the search"
    assert api.client.get(f"{EXPORTS}/{told['id']}/file").status_code == 409


def test_what_is_no_search_is_refused_and_only_some_wait_at_a_time(api: Api) -> None:
    for body, field in (
        ({"format": "pdf"}, "format"),
        ({"format": "csv", "query": "colour=red"}, "query"),
        ({"format": "csv", "ids": []}, "ids"),
    ):
        answer = api.client.post(EXPORTS, json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    statuses = [api.client.post(EXPORTS, json={"format": "csv"}).status_code for _ in range(4)]
    assert statuses == [202, 202, 202, 409]


def test_exports_belong_to_who_asked_for_them(api: Api) -> None:
    store_some(api)
    told = export(api, "csv")
    with transaction(api.site.engine) as session:
        create_user(session, "porter", Role.OPERATOR, PASSWORD)
    porter = api.sign_in("porter")
    assert porter.get(EXPORTS).json() == {"exports": []}
    for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        answer = porter.request(method, f"{EXPORTS}/{told['id']}{path}", headers={"X-Platewire": "1"})
        assert answer.status_code == 404, path
    files = ExportFiles.of(api.site.settings.data_dir)
    assert files.whole(UUID(told["id"])).exists()
    assert [one["id"] for one in api.client.get(EXPORTS).json()["exports"]] == [told["id"]]
    assert api.client.delete(f"{EXPORTS}/{told['id']}").status_code == 204
    assert not files.whole(UUID(told["id"])).exists()
    assert api.client.get(told["file_url"]).status_code == 404


def test_who_is_limited_to_a_camera_exports_its_events_only_and_only_while_that_holds(api: Api) -> None:
    mine, other = an_event("AA1111AA", camera_id=UUID(int=5)), an_event("BB2222BB", camera_id=UUID(int=6))
    api.store(mine, other)
    with transaction(api.site.engine) as session:
        create_user(session, "porter", Role.OPERATOR, PASSWORD).cameras = [UUID(int=5)]
    from_page = {"X-Platewire": "1"}
    porter = api.sign_in("porter")
    chosen = [str(mine.event_id), str(other.event_id)]
    for asked in ({"ids": chosen}, {}):
        told = porter.post(EXPORTS, json={"format": "csv", **asked}, headers=from_page).json()
        work(api)
        content = porter.get(f"{EXPORTS}/{told['id']}/file").text
        assert ("AA1111AA" in content, "BB2222BB" in content) == (True, False), asked
    with transaction(api.site.engine) as session:
        session.execute(update(User).where(User.name == "porter").values(cameras=[UUID(int=6)]))
    assert porter.get(f"{EXPORTS}/{told['id']}/file").status_code == 403


def test_an_export_that_nobody_is_at_is_begun_again_and_given_up_after_some_tries(api: Api) -> None:
    store_some(api)
    started = api.client.post(EXPORTS, json={"format": "csv"}).json()["id"]
    api.site.events.flushall()
    stranded.begin_again(api.site.engine, api.site.events, timedelta(0))
    assert job_of(list_queue(api.site.events), WRITE_EXPORT, started)
    work(api)
    assert api.client.get(f"{EXPORTS}/{started}").json()["state"] == "done"
    again = api.client.post(EXPORTS, json={"format": "csv"}).json()["id"]
    for _ in range(4):
        api.site.events.flushall()
        stranded.begin_again(api.site.engine, api.site.events, timedelta(0))
    told = api.client.get(f"{EXPORTS}/{again}").json()
    assert (told["state"], "failed each time" in told["sentence"]) == ("failed", True)


def test_after_a_day_an_export_and_its_file_are_gone(api: Api) -> None:
    store_some(api)
    old, new = export(api, "csv"), export(api, "csv")
    files = ExportFiles.of(api.site.settings.data_dir)
    yesterday = func.now() - timedelta(hours=25)
    with transaction(api.site.engine) as session:
        change = update(EventExport).where(EventExport.id == UUID(old["id"]))
        session.execute(change.values(finished_at=yesterday))
    lost = files.whole(UUID(int=9))
    lost.write_text("of an export that nobody knows")
    stranded.clear(api.site.engine, files)
    assert [one["id"] for one in api.client.get(EXPORTS).json()["exports"]] == [new["id"]]
    assert [file.name for file in files.folder.iterdir()] == [f"{new['id']}.file"]
