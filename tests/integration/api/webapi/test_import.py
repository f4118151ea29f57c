"""`import`: 1 to 2000 plates in every form, all or nothing."""

from __future__ import annotations

import io
import threading
import zipfile
from typing import Any

import pytest
from httpx2 import Response
from openpyxl import Workbook
from sqlalchemy import event as events
from sqlalchemy import select

from shared.db.session import transaction
from shared.db.tables import ApiKey, Audit, ListEntry, PlateList
from tests.integration.api.gateway import Api
from tests.integration.api.webapi.asking import ask, check_who_may, done, refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = 'License Plate,Description\r\nAA 11,Post\r\nBB-22,"Wolf, Ltd"\r\n'


def on_list(api: Api, name: str = "black") -> dict[str, str]:
    """Plates with their notes."""
    with transaction(api.site.engine) as session:
        query = select(ListEntry.plate, ListEntry.note).join(PlateList).where(PlateList.name == name)
        return {row.plate: row.note for row in session.execute(query)}


def post(api: Api, body: str | bytes, content_type: str, **query: Any) -> Response:
    return api.client.post(
        "/webapi/import", params={"list": "black", **query}, content=body, headers={"Content-Type": content_type}
    )


def sheet(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def many(count: int) -> list[str]:
    return [f"AB{number:05}" for number in range(count)]


def test_import_is_for_those_who_may_write_lists(api: Api) -> None:
    check_who_may(api, "import", "lists:write", params={"list": "black", "plates": "AA11"})


def test_plates_come_by_query_form_json_text_csv_and_xlsx(api: Api) -> None:
    both = {"list": "black", "plates": "AA11,BB22"}
    table = sheet(("License Plate", "Description"), ("AA 11", "Post"), ("BB-22", None))
    ways = [
        api.client.get("/webapi/import", params=both),
        api.client.get("/webapi", params={"command": "IMPORT", **both}),
        api.client.post("/webapi/import", data=both),
        api.client.post("/webapi/import", json=both),
        api.client.put("/webapi/import", json={"list": "black", "plates": ["AA11", "BB22"]}),
        post(api, "AA11;BB22", "text/plain"),
        post(api, CSV, "text/csv"),
        post(api, "\ufeff" + CSV.replace(",", ";"), "text/csv; charset=utf-8"),
        post(api, table, XLSX),
        post(api, table, "application/octet-stream"),
        api.client.post("/webapi/import", data={"list": "black"}, files={"file": ("plates.csv", CSV.encode())}),
        api.client.post("/webapi/import", data={"list": "black"}, files={"upload": ("plates.xlsx", table)}),
    ]
    assert done(ways[0]) == {"list": "black", "added": 2, "already": 0, "invalid": []}
    for answer in ways[1:]:
        assert done(answer) == {"list": "black", "added": 0, "already": 2, "invalid": []}
    assert set(on_list(api)) == {"AA11", "BB22"}


@pytest.mark.parametrize("text", ["AA11,BB22", "AA11;BB22", "AA11\tBB22", "AA11\nBB22\n", " AA11 ,\r\n\r\n bb 22 ,,"])
def test_every_separator_is_understood(api: Api, text: str) -> None:
    assert done(ask(api, "import", list="black", plates=text))["added"] == 2
    assert set(on_list(api)) == {"AA11", "BB22"}


def test_a_spreadsheets_csv_brings_descriptions(api: Api) -> None:
    assert done(post(api, CSV, "text/csv"))["added"] == 2
    assert on_list(api) == {"AA11": "Post", "BB22": "Wolf, Ltd"}


def test_a_spreadsheets_numbers_and_guarded_cells_are_plates(api: Api) -> None:
    table = sheet((4711, 5.0), (1234.0, None), ("'-AB 12", "'=1+1"))
    assert done(post(api, table, XLSX))["added"] == 3
    assert on_list(api) == {"4711": "5", "1234": "", "AB12": "=1+1"}


def test_append_keeps_what_is_there_and_replace_does_not(api: Api) -> None:
    ask(api, "add", list="black", plate="AA11", description="mine")
    assert done(ask(api, "import", list="black", plates="AA11,BB22"))["already"] == 1
    assert on_list(api) == {"AA11": "mine", "BB22": ""}
    answer = done(ask(api, "import", list="black", plates="AA11,CC33", mode="replace"))
    assert answer == {"list": "black", "added": 1, "already": 1, "removed": 1, "invalid": []}
    assert on_list(api) == {"AA11": "mine", "CC33": ""}
    assert on_list(api, "white") == {}


def test_duplicates_in_one_call_are_one_plate(api: Api) -> None:
    assert done(ask(api, "import", list="black", plates="AA11,aa-11,А А11"))["already"] == 2
    assert set(on_list(api)) == {"AA11"}


BAD = {
    "##": "#",
    "A": "2 to 16",
    "A" * 17: "17",
    "🚗🚙🚕": "U+1F697",
    "AB\0CD": "U+0000",
    "\u200fAB12": "U+200F",
    "'; DROP TABLE lists": "'",
    "**": "at least one",
}


def test_each_invalid_plate_is_named_and_the_others_are_stored(api: Api) -> None:
    answer = done(api.client.post("/webapi/import", json={"list": "black", "plates": [*BAD, "AA11", "ابج123"]}))
    assert (answer["added"], answer["already"]) == (2, 0)
    assert len(answer["invalid"]) == len(BAD)
    for told, words in zip(answer["invalid"], BAD.values(), strict=True):
        if "U+1F" not in words:
            assert words in told["reason"], told
    assert set(on_list(api)) == {"AA11", "ابج123"}


def test_strict_refuses_all_for_one_and_names_each(api: Api) -> None:
    answer = ask(api, "import", list="black", plates="AA11,##,BB22,!", strict="true", mode="replace")
    refused(answer, 422, field="plates.1")
    assert [one["field"] for one in answer.json()["fields"]] == ["plates.1", "plates.3"]
    assert on_list(api) == {}


def test_a_replacement_without_one_valid_plate_does_not_empty_the_list(api: Api) -> None:
    ask(api, "add", list="black", plate="AA11")
    refused(ask(api, "import", list="black", plates="##", mode="replace"), 422, field="plates.0")
    assert set(on_list(api)) == {"AA11"}
    assert done(ask(api, "import", list="black", plates="##"))["added"] == 0


def test_two_thousand_plates_are_taken_and_one_more_is_not(api: Api) -> None:
    body = {"list": "black", "plates": many(2000)}
    assert done(api.client.post("/webapi/import", json=body))["added"] == 2000
    body = {"list": "white", "plates": many(2001)}
    assert "2001" in refused(api.client.post("/webapi/import", json=body), 413, "too_many_plates", "plates")
    assert on_list(api, "white") == {}


@pytest.mark.parametrize("plates", ["", " , ;\n", []])
def test_no_plate_at_all_is_refused(api: Api, plates: object) -> None:
    ask(api, "add", list="black", plate="AA11")
    body = {"list": "black", "plates": plates, "mode": "replace"}
    refused(api.client.post("/webapi/import", json=body), 400, "no_plates", "plates")
    assert set(on_list(api)) == {"AA11"}


def test_a_list_must_be_named_and_exist(api: Api) -> None:
    refused(ask(api, "import", plates="AA11"), 422, field="list")
    refused(ask(api, "import", plates="AA11", list="Staff"), 404)
    refused(ask(api, "import", plates="AA11", list="'; DROP TABLE lists; --"), 404)
    assert done(ask(api, "import", plates="AA11", list="Black"))["list"] == "black"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"mode": "merge"}, "mode"),
    ({"strict": "perhaps"}, "strict"),
    ({"list": "L" * 65}, "list"),
    ({"lst": "black"}, "lst"),
    ({"plates": [1, 2]}, "plates"),
    ({"plates": {"a": 1}}, "plates"),
]


def test_wrong_parameters_are_named_and_nothing_is_stored(api: Api, subtests: pytest.Subtests) -> None:
    for asked, field in WRONG:
        with subtests.test(asked=asked, field=field):
            body = {"list": "black", "plates": ["AA11"], **asked}
            refused(api.client.post("/webapi/import", json=body), 422, field=field)
            assert on_list(api) == {}


def bomb() -> bytes:
    """A small archive that unpacks to forty megabytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 40_000_000)
    return data.getvalue()


@pytest.mark.parametrize(
    ("upload", "content_type"),
    [
        (b"PK\x03\x04 but no archive", XLSX),
        (b"not an archive", XLSX),
        (bomb(), XLSX),
        ("License Plate\nЖ1".encode("cp1251"), "text/csv"),
        (b'"\x00\n', "text/csv"),
    ],
    ids=["broken archive", "no archive", "bomb", "windows-1251", "NUL"],
)
def test_a_file_that_cannot_be_read_is_refused(api: Api, upload: bytes, content_type: str) -> None:
    answer = post(api, upload, content_type)
    if answer.status_code == 200:
        assert (answer.json()["added"], len(answer.json()["invalid"])) == (0, 1)
    else:
        refused(answer, 422, field="file")
    assert on_list(api) == {}


def test_plates_by_parameter_and_by_body_contradict_each_other(api: Api) -> None:
    refused(post(api, "BB22", "text/plain", plates="AA11"), 422, field="plates")


def test_a_body_beyond_a_megabyte_is_refused_and_nothing_is_stored(api: Api) -> None:
    refused(post(api, b"AA11," * 300_000, "text/plain"), 413, "too_large")
    assert on_list(api) == {}


def test_two_replacements_at_once_leave_exactly_one_of_them(api: Api) -> None:
    client, headers = api.client, {"Authorization": f"Bearer {api.key}"}
    both = [[f"AA{number}" for number in range(500)], [f"BB{number}" for number in range(500)]]
    statuses: list[int] = []

    def replace(plates: list[str]) -> None:
        body = {"list": "black", "plates": plates, "mode": "replace"}
        statuses.append(client.post("/webapi/import", json=body, headers=headers).status_code)

    threads = [threading.Thread(target=replace, args=(plates,)) for plates in both * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 4
    assert set(on_list(api)) in [set(plates) for plates in both]


def test_a_key_that_is_taken_away_in_mid_request_changes_nothing(api: Api) -> None:
    headers = api.as_key("lists:write")

    def take_away(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        # After the key was found to be good, before its import begins.
        if "FOR KEY SHARE" in statement and "api_keys" in statement:
            with transaction(api.site.engine) as session:
                session.query(ApiKey).filter(ApiKey.name != "everything").delete()

    engine = api.app_client.app.state.platewire.engine  # type: ignore[attr-defined]
    events.listen(engine, "before_cursor_execute", take_away)
    refused(api.stranger.get("/webapi/import?list=black&plates=AA11", headers=headers), 401)
    assert on_list(api) == {}


def test_an_import_is_on_record(api: Api) -> None:
    done(ask(api, "import", list="black", plates="AA11,##,AA11"))
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "list.import")).one()
    assert (row.actor, row.subject) == ("key:everything", "black")
    assert row.detail == {"mode": "append", "added": 1, "already": 1}
