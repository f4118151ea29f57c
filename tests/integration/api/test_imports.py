"""Imports: upload, plan, confirm, apply; and whatever may go wrong on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from services.api.transfer import storage
from services.api.transfer.storage import ImportFiles
from services.api.transfer.stranded import begin_again, clear
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Audit, ListEntry, ListImport
from shared.jobs import list_queue
from tests.integration.api.gateway import Api
from tests.integration.api.transfers import (
    LISTS,
    bring_in,
    confirm,
    entries,
    imports_of,
    look,
    upload,
    work,
)

FIRST = "Kennzeichen;Bemerkung;gültig bis\nM-AB 12;Nachbar;31.12.2030\nАА 1234 ВВ;сусід;\nKA*;;\n"


def test_an_import_writes_nothing_before_it_is_confirmed(api: Api) -> None:
    planned = upload(api, FIRST)
    assert (planned["state"], planned["counts"]["added"]) == ("planned", 3)
    assert planned["report"]["columns"] == {"plate": "Kennzeichen", "note": "Bemerkung", "valid_to": "gültig bis"}
    assert planned["report"]["added"][0]["after"]["note"] == "Nachbar"
    assert entries(api) == {}
    done = confirm(api, planned["id"])
    assert (done["state"], done["confirmed_by"]) == ("applied", "key:everything")
    found = entries(api)
    assert set(found) == {"MAB12", "AA1234BB", "KA*"}
    assert found["MAB12"]["valid_to"].startswith("2031-01-01T00:00:00")
    assert found["AA1234BB"]["typed"] == "АА 1234 ВВ"
    with transaction(api.site.engine) as session:
        assert session.scalars(select(ListEntry.plate).where(ListEntry.pattern)).all() == ["KA*"]
        told = session.scalars(select(Audit).where(Audit.action == "list.import")).one()
    assert (told.actor, told.subject, told.detail["added"]) == ("key:everything", "white", 3)


def test_a_plan_tells_added_changed_unchanged_duplicate_and_invalid_lines_apart(api: Api) -> None:
    bring_in(api, FIRST)
    planned = upload(api, "Plate,Note\nMAB12,Nachbar\nAA-1234-BB,cousin\nNEW1,x\n##,y\nm ab 12,again\n")
    report = planned["report"]
    assert planned["counts"] == {"added": 1, "changed": 1, "unchanged": 1, "duplicates": 1, "invalid": 1, "removed": 0}
    assert report["changed"] == [
        {
            "line": 3,
            "plate": "AA1234BB",
            "typed": "AA-1234-BB",
            "before": {"note": "сусід"},
            "after": {"note": "cousin"},
        }
    ]
    assert report["duplicates"] == [{"line": 6, "plate": "MAB12", "first": 2}]
    assert report["invalid"][0] | {"reason": ""} == {"line": 5, "shown": "##", "reason": ""}
    assert [line["plate"] for line in report["unchanged"]] == ["MAB12"]
    confirm(api, planned["id"])
    found = entries(api)
    assert found["AA1234BB"]["note"] == "cousin"
    # The file has no such column, so the field stays.
    assert found["MAB12"]["valid_to"].startswith("2031")
    assert "KA*" in found


def test_a_replace_takes_away_what_the_file_lacks_and_says_so_before(api: Api) -> None:
    bring_in(api, FIRST)
    planned = upload(api, "MAB12\nZZ99", mode="replace")
    assert planned["counts"] == {"added": 1, "changed": 0, "unchanged": 1, "duplicates": 0, "invalid": 0, "removed": 2}
    assert planned["report"]["removed"] == ["AA1234BB", "KA*"]
    confirm(api, planned["id"])
    assert set(entries(api)) == {"MAB12", "ZZ99"}
    assert entries(api)["MAB12"]["note"] == "Nachbar"


def test_all_is_counted_but_only_two_hundred_lines_of_a_kind_are_shown(api: Api) -> None:
    lines = "\n".join([f"AA{number:04d}" for number in range(450)] + ["#"] * 300)
    planned = upload(api, lines)
    assert (planned["counts"]["added"], planned["counts"]["invalid"]) == (450, 300)
    assert (len(planned["report"]["added"]), len(planned["report"]["invalid"])) == (200, 200)


def test_other_lists_are_not_touched(api: Api) -> None:
    bring_in(api, "AA11\nBB22", "black")
    bring_in(api, "AA11\nCC33", "white")
    bring_in(api, "DD44", "white", mode="replace")
    assert (set(entries(api, "black")), set(entries(api, "white"))) == ({"AA11", "BB22"}, {"DD44"})


def test_a_plan_is_refused_when_the_list_changed_and_can_be_planned_anew(api: Api) -> None:
    planned = upload(api, "AA11\nBB22")
    api.client.post(f"{LISTS}/white/entries", json={"plate": "AA11", "note": "by hand"})
    refused = api.client.post(f"{LISTS}/white/imports/{planned['id']}/confirm")
    assert (refused.status_code, refused.json()["error"]) == (409, "conflict")
    assert "plan it anew" in refused.json()["detail"]
    assert look(api, planned["id"])["state"] == "stale"
    assert api.client.post(f"{LISTS}/white/imports/{planned['id']}/plan").status_code == 202
    work(api)
    again = look(api, planned["id"])
    assert (again["state"], again["counts"]["added"], again["counts"]["unchanged"]) == ("planned", 1, 1)
    assert confirm(api, planned["id"])["state"] == "applied"
    assert entries(api)["AA11"]["note"] == "by hand"


def test_of_two_imports_to_one_list_at_once_one_is_applied_and_one_is_stale(api: Api) -> None:
    mine = upload(api, "\n".join(f"AA{number:04d}" for number in range(2000)), mode="replace")
    yours = upload(api, "\n".join(f"BB{number:04d}" for number in range(2000)), mode="replace")
    for planned in (mine, yours):
        assert api.client.post(f"{LISTS}/white/imports/{planned['id']}/confirm").status_code == 202
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda one: imports_of(api.site).apply(UUID(one["id"])), (mine, yours)))
    states = {look(api, one["id"])["state"]: one for one in (mine, yours)}
    assert set(states) == {"applied", "stale"}
    with transaction(api.site.engine) as session:
        starts = session.execute(text("SELECT left(plate, 2), count(*) FROM list_entries GROUP BY 1")).all()
    assert [tuple(row) for row in starts] == [("AA" if states["applied"] is mine else "BB", 2000)]


def test_an_entry_added_while_an_import_is_applied_does_not_wait_for_it(api: Api) -> None:
    planned = upload(api, "AA11")
    assert api.client.post(f"{LISTS}/white/imports/{planned['id']}/confirm").status_code == 202
    with transaction(api.site.engine) as session:
        session.execute(text("SELECT 1 FROM lists WHERE name = 'white' FOR NO KEY UPDATE"))
        assert api.client.post(f"{LISTS}/white/entries", json={"plate": "ZZ99"}).status_code == 201


def test_a_strict_import_refuses_the_file_for_one_invalid_line(api: Api) -> None:
    planned = upload(api, "AA11\n##\nBB22", strict=True)
    assert (planned["state"], planned["counts"]["invalid"]) == ("failed", 1)
    assert "line 2" in planned["sentence"]
    assert api.client.post(f"{LISTS}/white/imports/{planned['id']}/confirm").status_code == 409


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("#\n##\n", {}, "No line of the file is an entry"),
        ("<html><body>Sign in</body></html>", {"mode": "replace"}, "No line of the file is an entry"),
        ('Plate,Note\nAA1,"open', {}, "Line 2: the quotes"),
        ("Vehicle,Owner\nAA1,x", {"format": "csv"}, "map=plate"),
        ("[1, 2", {}, "Line 1"),
        (b"PK\x03\x04nonsense", {}, "not a workbook"),
        ("Номер\nАА1\n".encode("cp1251"), {"encoding": "utf-8"}, "does not fit"),
    ],
)
def test_a_file_that_is_no_list_fails_with_a_sentence_and_changes_nothing(
    api: Api, content: str | bytes, options: dict[str, str], said: str
) -> None:
    bring_in(api, "KEEP1")
    failed = upload(api, content, **options)
    assert failed["state"] == "failed"
    assert said in failed["sentence"]
    assert set(entries(api)) == {"KEEP1"}


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"mode": "merge"}, "mode"),
        ({"format": "xls"}, "format"),
        ({"encoding": "xutf-8"}, "encoding"),
        ({"surprise": "1"}, "surprise"),
        ({"delimiter": "|"}, "delimiter"),
        ({"map": "colour of the car:3"}, "map"),
    ],
)
def test_unknown_options_are_refused_by_name(api: Api, parameters: dict[str, str], field: str) -> None:
    answer = api.client.post(f"{LISTS}/white/imports", content=b"AA1", params=parameters)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_chosen_mapping_and_a_forms_file_are_taken(api: Api) -> None:
    sheet = ("cars.csv", b"Space;Vehicle;Who\n7;AA11;Ann\n", "text/csv")
    answer = api.client.post(
        f"{LISTS}/white/imports", files={"file": sheet}, params={"map": ["plate:Vehicle", "owner:3"]}
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["file_name"] == "cars.csv"
    work(api)
    planned = look(api, answer.json()["id"])
    assert planned["report"]["ignored"] == ["Space"]
    confirm(api, planned["id"])
    assert entries(api)["AA11"]["owner"] == "Ann"


def test_uploads_that_are_empty_too_large_or_for_no_list_leave_no_file(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.api.transfer.body.MOST_BYTES", 1000)
    for content, name, status in ((b"", "white", 422), (b"A" * 1001, "white", 413), (b"AA1", "ghosts", 404)):
        answer = api.client.post(f"{LISTS}/{name}/imports", content=content)
        assert (answer.status_code, set(answer.json())) == (status, {"error", "detail", "field"})
    form = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nno file\r\n--x--\r\n'
    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = api.client.post(f"{LISTS}/white/imports", content=form, headers=kind)
    assert (answer.status_code, answer.json()["field"]) == (422, "file")
    assert list(ImportFiles.of(api.site.settings.data_dir).folder.iterdir()) == []


def test_a_body_larger_than_any_list_is_cut_off_before_it_is_read(api: Api) -> None:
    answer = api.client.post(f"{LISTS}/white/imports", content=iter([b"x" * 1_000_000] * 22))
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_only_who_may_write_lists_may_import(api: Api) -> None:
    planned = upload(api, "AA11")
    address = f"{LISTS}/white/imports"
    reader = api.as_key("lists:read")
    stranger = api.stranger
    assert stranger.post(address, content=b"AA1", headers=reader).status_code == 403
    assert stranger.post(f"{address}/{planned['id']}/confirm", headers=reader).status_code == 403
    assert stranger.get(f"{address}/{planned['id']}", headers=reader).status_code == 200
    assert stranger.get(address).status_code == 401


def test_an_import_belongs_to_its_list(api: Api) -> None:
    planned = upload(api, "AA11")
    assert api.client.get(f"{LISTS}/black/imports/{planned['id']}").status_code == 404
    assert api.client.post(f"{LISTS}/black/imports/{planned['id']}/confirm").status_code == 404
    assert api.client.get(f"{LISTS}/white/imports/{uuid4()}").status_code == 404
    assert [row["id"] for row in api.client.get(f"{LISTS}/white/imports").json()["imports"]] == [planned["id"]]


def test_a_discarded_import_is_over_and_its_file_is_gone(api: Api) -> None:
    planned = upload(api, "AA11")
    assert api.client.delete(f"{LISTS}/white/imports/{planned['id']}").status_code == 204
    assert look(api, planned["id"])["state"] == "discarded"
    assert list(ImportFiles.of(api.site.settings.data_dir).folder.iterdir()) == []
    for again in ("confirm", "plan"):
        assert api.client.post(f"{LISTS}/white/imports/{planned['id']}/{again}").status_code == 409


def test_an_import_that_is_discarded_while_it_is_planned_stays_discarded(api: Api) -> None:
    begun = api.client.post(f"{LISTS}/white/imports", content=b"AA11").json()["id"]
    imports = imports_of(api.site)

    def discard(_done: int, _total: int, _sentence: str) -> None:
        api.client.delete(f"{LISTS}/white/imports/{begun}")

    object.__setattr__(imports, "progress", discard)
    imports.files.original(UUID(begun)).write_bytes(b"AA11")
    imports.plan(UUID(begun))
    assert look(api, begun)["state"] == "discarded"
    assert list(imports.files.folder.iterdir()) == []


def test_an_applied_import_leaves_no_file_and_is_not_applied_twice(api: Api) -> None:
    done = bring_in(api, "AA11")
    api.client.delete(f"{LISTS}/white/entries/AA11")
    imports_of(api.site).apply(UUID(done["id"]))
    assert entries(api) == {}
    assert list(ImportFiles.of(api.site.settings.data_dir).folder.iterdir()) == []
    assert api.client.delete(f"{LISTS}/white/imports/{done['id']}").status_code == 409


def test_a_list_takes_only_so_many_waiting_imports(api: Api) -> None:
    answers = [api.client.post(f"{LISTS}/white/imports", content=b"AA1").status_code for _ in range(21)]
    assert answers == [202] * 20 + [409]


def test_a_lost_redis_delays_an_import_and_loses_nothing(api: Api) -> None:
    answer = api.client.post(f"{LISTS}/white/imports", content=b"AA11")
    waiting = look(api, answer.json()["id"])
    assert (waiting["state"], waiting["progress"]["sentence"]) == ("planning", "Waits")
    api.site.events.flushall()
    begin_again(api.site.engine, api.site.events)
    assert list_queue(api.site.events).is_empty()
    _age(api)
    begin_again(api.site.engine, api.site.events)
    begin_again(api.site.engine, api.site.events)
    assert list_queue(api.site.events).count == 1
    work(api)
    assert look(api, answer.json()["id"])["state"] == "planned"


def test_an_import_that_waits_behind_others_is_not_given_up(api: Api) -> None:
    answer = api.client.post(f"{LISTS}/white/imports", content=b"AA11")
    for _ in range(5):
        _age(api)
        begin_again(api.site.engine, api.site.events)
    assert look(api, answer.json()["id"])["state"] == "planning"
    assert list_queue(api.site.events).count == 1


def test_an_import_that_ends_its_process_each_time_is_given_up(api: Api) -> None:
    answer = api.client.post(f"{LISTS}/white/imports", content=b"AA11")
    for _ in range(4):
        api.site.events.flushall()
        _age(api)
        begin_again(api.site.engine, api.site.events)
    given_up = look(api, answer.json()["id"])
    assert given_up["state"] == "failed"
    assert list_queue(api.site.events).is_empty()


def test_what_breaks_off_in_the_middle_leaves_the_list_as_it_was(api: Api) -> None:
    bring_in(api, "KEEP1\nKEEP2")
    planned = upload(api, "AA11\nBB22", mode="replace")
    api.client.post(f"{LISTS}/white/imports/{planned['id']}/confirm")
    broken = imports_of(api.site)
    object.__setattr__(broken, "progress", _break_at("Writing the list"))
    with pytest.raises(ConnectionAbortedError):
        broken.apply(UUID(planned["id"]))
    assert set(entries(api)) == {"KEEP1", "KEEP2"}
    work(api)
    assert set(entries(api)) == {"AA11", "BB22"}


def test_files_and_plans_that_nobody_needs_are_cleared_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "ABANDONED", -1.0)
    files = ImportFiles.of(api.site.settings.data_dir)
    kept, old = upload(api, "AA11"), upload(api, "BB22")
    files.original(uuid4()).write_bytes(b"of a list that was deleted")
    with transaction(api.site.engine) as session:
        session.execute(
            text("UPDATE list_imports SET changed_at = now() - interval '8 days' WHERE id = :id"), {"id": old["id"]}
        )
    clear(api.site.engine, files)
    assert look(api, old["id"])["state"] == "discarded"
    assert {file.name.partition(".")[0] for file in files.folder.iterdir()} == {kept["id"]}


def test_times_without_a_zone_are_the_sites(api: Api) -> None:
    with transaction(api.site.engine) as session:
        session.execute(text("""INSERT INTO settings VALUES ('timezone', '{"value": "Europe/Kyiv"}')"""))
    bring_in(api, "Plate,Valid From\nAA11,2026-07-01T12:00\n")
    assert entries(api)["AA11"]["valid_from"] == "2026-07-01T09:00:00Z"


def _age(api: Api) -> None:
    with transaction(api.site.engine) as session:
        for row in session.scalars(select(ListImport)):
            row.changed_at = now().replace(year=2020)


def _break_at(sentence: str) -> object:
    def progress(_done: int, _total: int, said: str) -> None:
        if said == sentence:
            raise ConnectionAbortedError

    return progress
