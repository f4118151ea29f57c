"""`search`: every parameter, page, format and error."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from sqlalchemy import select, update

from shared.db.session import transaction
from shared.db.tables import Audit, Plate
from shared.messages import DeliveryState, Direction, UnreadReason
from shared.plates import skeleton
from shared.site import TimeZone, save
from tests.integration.api.gateway import Api, add_camera, an_event
from tests.integration.api.webapi.asking import ask, check_who_may, done, refused

WHEN = datetime(2026, 11, 14, 10, 30, tzinfo=UTC)
EAST = UUID(int=7)


def plates(api: Api, /, **parameters: Any) -> list[str]:
    return [event["plateUnicode"] for event in done(ask(api, "search", **parameters))["events"]]


def some_events(api: Api) -> None:
    """Newest first: WB99X, KA4711XY, KA4811XY, OO0O00."""
    changes: dict[str, Any] = {"direction": Direction.IN, "lists": ("black", "Staff"), "camera_id": EAST}
    api.store(
        an_event("OO0O00", WHEN - timedelta(hours=3), country="POL", confidence=0.4, zone=2),
        an_event("KA4811XY", WHEN - timedelta(hours=2), country=""),
        an_event("KA4711XY", WHEN, camera_name="East", **changes),
        an_event("WB99X", WHEN + timedelta(hours=2), direction=Direction.OUT),
    )
    with transaction(api.site.engine) as session:
        for plate in ("OO0O00", "KA4811XY", "KA4711XY", "WB99X"):
            session.execute(update(Plate).where(Plate.plate == plate).values(skeleton=skeleton(plate)))


def test_search_is_for_those_who_may_read_events(api: Api) -> None:
    check_who_may(api, "search", "events:read")


def test_an_event_is_told_as_it_is_pushed_with_what_only_the_database_knows(api: Api) -> None:
    settings = {"zone": "Europe/Kyiv", "sensor_id": "North 1"}
    camera = add_camera(api, "Gate")
    api.client.patch(f"/api/v1/cameras/{camera['id']}", json={"settings": settings})
    event = an_event("АЕ1234ВВ", WHEN, camera_id=UUID(str(camera["id"])), lists=("black",), frame_key="a", crop_key="")
    api.store(event.model_copy(update={"plate": "AE1234BB"}))
    destination = api.destination()
    made = api.client.post("/api/v1/reactions", json={"name": "Tell", "destination_id": str(destination)})
    assert made.status_code == 201
    api.deliver(event, destination, DeliveryState.DEAD)
    body = done(ask(api, "search"))
    assert {name: body[name] for name in ("total", "totalCapped", "limit", "next")} == {
        "total": 1,
        "totalCapped": False,
        "limit": 50,
        "next": None,
    }
    (told,) = body["events"]
    assert (told["plateText"], told["datetime"]) == ("AE1234BB", "20261114 123000000")
    assert told["datettimezone"] == "2026-11-14T12:30:00+0200"
    assert (told["sensorProviderID"], told["plateList"]) == ("North 1", ["black"])
    assert (told["eventID"], told["cameraID"]) == (str(event.event_id), camera["id"])
    assert told["imagesURI"] == [f"http://platewire.test/api/v1/events/{event.event_id}/frame.jpg"]
    assert told["deliveries"] == [{"destination": "Cloud", "kind": "json_http", "moment": "detect", "state": "dead"}]
    assert told["reactions"] == []


def test_plate_texts_are_escaped_in_the_raw_bytes_as_in_a_push(api: Api) -> None:
    api.store(an_event("AB12"))
    assert b'"plateText": "\\u0041\\u0042\\u0031\\u0032"' in ask(api, "search").content


SEARCHES: list[tuple[dict[str, Any], list[str]]] = [
    ({"text": "711x"}, ["KA4711XY"]),
    ({"text": "KA4?11"}, ["KA4711XY", "KA4811XY"]),
    ({"text": "ка-47", "mode": "contains"}, ["KA4711XY"]),
    ({"text": "ka 4711 xy", "mode": "exact"}, ["KA4711XY"]),
    ({"text": "4711", "mode": "exact"}, []),
    ({"text": "KA4", "mode": "prefix"}, ["KA4711XY", "KA4811XY"]),
    ({"text": "A4", "mode": "prefix"}, []),
    ({"text": "11XY", "mode": "suffix"}, ["KA4711XY", "KA4811XY"]),
    ({"text": "11X", "mode": "suffix"}, []),
    ({"text": "KA4?11*", "mode": "wildcard"}, ["KA4711XY", "KA4811XY"]),
    ({"text": "A4?11*", "mode": "wildcard"}, []),
    ({"text": "000000", "mode": "similar"}, ["OO0O00"]),
    ({"text": "KA4711X", "mode": "similar"}, ["KA4711XY"]),
    ({"text": "KA4771XY", "mode": "similar"}, ["KA4711XY"]),
    ({"text": "K4711X", "mode": "similar"}, []),
    ({"country": "pol"}, ["OO0O00"]),
    ({"country": "XX"}, ["KA4811XY"]),
    ({"list": "black"}, ["KA4711XY"]),
    ({"list": "BLACK"}, ["KA4711XY"]),
    ({"list": "Staff"}, ["KA4711XY"]),
    ({"list": "white"}, []),
    ({"list": "none"}, ["WB99X", "KA4811XY", "OO0O00"]),
    ({"direction": "in"}, ["KA4711XY"]),
    ({"direction": "unknown"}, ["KA4811XY", "OO0O00"]),
    ({"camera": str(EAST)}, ["KA4711XY"]),
    ({"camera": "East"}, ["KA4711XY"]),
    ({"camera": "Nowhere"}, []),
    ({"zone": 2}, ["OO0O00"]),
    ({"min_confidence": 0.5}, ["WB99X", "KA4711XY", "KA4811XY"]),
    ({"from": "2026-11-14T10:30:00Z"}, ["WB99X", "KA4711XY"]),
    ({"to": "2026-11-14T10:30:00Z"}, ["KA4811XY", "OO0O00"]),
    ({"from": WHEN.timestamp()}, ["WB99X", "KA4711XY"]),
    ({"from": int(WHEN.timestamp() * 1e3)}, ["WB99X", "KA4711XY"]),
    ({"from": int(WHEN.timestamp() * 1e6), "to": int(WHEN.timestamp() * 1e6) + 1}, ["KA4711XY"]),
    ({"sort": "oldest"}, ["OO0O00", "KA4811XY", "KA4711XY", "WB99X"]),
    ({"offset": 1, "limit": 2}, ["KA4711XY", "KA4811XY"]),
    ({"offset": 10_000}, []),
    ({"text": "KA4", "direction": "in", "list": "Staff", "country": "UKR", "zone": 1}, ["KA4711XY"]),
    ({"text": "", "list": "", "from": ""}, ["WB99X", "KA4711XY", "KA4811XY", "OO0O00"]),
]


def test_each_parameter_narrows_the_search(api: Api, subtests: pytest.Subtests) -> None:
    some_events(api)
    api.client.post("/api/v1/lists", json={"name": "Staff"})
    for asked, found in SEARCHES:
        with subtests.test(asked=asked, found=found):
            assert plates(api, **asked) == found


def test_parameters_come_by_query_form_or_json(api: Api) -> None:
    some_events(api)
    asked: dict[str, str] = {"text": "KA4", "sort": "oldest", "limit": "1"}
    answers = [
        api.client.get("/webapi/search", params=asked),
        api.client.get("/webapi", params={"command": "SeArCh", **asked}),
        api.client.post("/webapi/search", data=asked),
        api.client.post("/webapi/search", json=asked),
        api.client.post("/webapi", json={"command": "search", **asked}),
        api.client.put("/webapi?command=Search&sort=oldest", json={"text": "KA4", "limit": 1}),
    ]
    for answer in answers:
        assert [event["plateUnicode"] for event in done(answer)["events"]] == ["KA4811XY"]


def test_dates_without_zone_are_those_of_the_site(api: Api) -> None:
    api.store(an_event("AB12", WHEN))
    assert plates(api, **{"from": "2026-11-14 12:00"}) == []
    with transaction(api.site.engine) as session:
        save(session, TimeZone(value="Europe/Kyiv"))
    assert plates(api, **{"from": "2026-11-14 12:00", "to": "2026-11-14 13:00"}) == ["AB12"]


def test_unread_vehicles_are_not_found(api: Api) -> None:
    api.store(an_event("", unread=UnreadReason.LOW_CONTRAST, country="", confidence=0.0))
    assert plates(api) == []


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_cursors_walk_all_events_without_gap_or_repeat_while_new_ones_arrive(api: Api, sort: str) -> None:
    events = [an_event(at=WHEN + timedelta(seconds=number // 3)) for number in range(120)]
    api.store(*events)
    seen: list[str] = []
    cursor = ""
    for _ in range(20):
        page = done(ask(api, "search", sort=sort, limit=17, cursor=cursor))
        seen += [event["eventID"] for event in page["events"]]
        api.store(an_event(at=WHEN + timedelta(hours=1 if sort == "newest" else -1)))
        if not (cursor := page["next"]):
            break
    ordered = sorted(events, key=lambda event: (event.captured_at, event.event_id.hex), reverse=sort == "newest")
    assert seen == [str(event.event_id) for event in ordered]
    assert page["total"] > 120


def test_a_total_is_counted_up_to_a_bound_and_says_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.api.search.pages.COUNTED", 3)
    some_events(api)
    body = done(ask(api, "search", limit=1))
    assert (body["total"], body["totalCapped"]) == (3, True)
    body = done(ask(api, "search", limit=1, text="KA4"))
    assert (body["total"], body["totalCapped"]) == (2, False)


def test_a_cursor_is_good_for_its_own_search_only(api: Api) -> None:
    some_events(api)
    cursor = done(ask(api, "search", limit=1))["next"]
    for other in ({"sort": "oldest"}, {"text": "KA"}, {"direction": "in"}, {"from": "2020-01-01"}):
        assert "another search" in refused(ask(api, "search", cursor=cursor, **other), 422, field="cursor")
    for broken in (cursor[:-1], "x" + cursor, "nonsense", cursor.partition(".")[0], "ä", "." * 300):
        refused(ask(api, "search", cursor=broken), 422, field="cursor")
    refused(ask(api, "search", cursor=cursor, offset=1), 422, field="cursor")
    assert len(done(ask(api, "search", cursor=cursor, limit=500))["events"]) == 3


def test_xml_holds_the_same_and_is_well_formed_for_any_camera_name(api: Api) -> None:
    api.store(an_event("AB12", WHEN, lists=("black",)))
    camera = add_camera(api, "Gate")
    odd = an_event("CD34", WHEN + timedelta(minutes=1), camera_id=UUID(str(camera["id"])))
    api.store(odd)
    api.client.patch(f"/api/v1/cameras/{camera['id']}", json={"settings": {"sensor_id": "<&]]>\u0001"}})
    answer = ask(api, "search", format="xml")
    assert answer.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    assert (root.findtext("total"), root.findtext("totalCapped"), root.findtext("next")) == ("2", "false", "")
    newest, oldest = root.findall("events/event")
    assert newest.findtext("sensorProviderID") == "<&]]>\ufffd"
    assert (oldest.findtext("plateUnicode"), oldest.findtext("plateList/item")) == ("AB12", "black")


def test_csv_has_a_row_for_each_event_and_the_page_in_headers(api: Api) -> None:
    some_events(api)
    camera = add_camera(api, "Gate")
    api.client.patch(f"/api/v1/cameras/{camera['id']}", json={"settings": {"sensor_id": '=HYPERLINK("x")'}})
    api.store(an_event("ZZ99", WHEN + timedelta(hours=3), camera_id=UUID(str(camera["id"]))))
    answer = ask(api, "search", format="csv", limit=2)
    assert answer.headers["content-type"].startswith("text/csv")
    assert (answer.headers["x-total"], answer.headers["x-total-capped"]) == ("5", "false")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["plateUnicode"] for row in rows] == ["ZZ99", "WB99X"]
    assert rows[0]["sensorProviderID"] == '\'=HYPERLINK("x")'
    following = ask(api, "search", format="csv", limit=2, cursor=answer.headers["x-next"])
    assert "KA4711XY" in following.text


WRONG: list[tuple[dict[str, Any], str | None]] = [
    ({"mode": "fuzzy"}, "mode"),
    ({"country": "UKRA"}, "country"),
    ({"country": "'; DROP TABLE events; --"}, "country"),
    ({"direction": "left"}, "direction"),
    ({"zone": "first"}, "zone"),
    ({"zone": -1}, "zone"),
    ({"min_confidence": 2}, "min_confidence"),
    ({"min_confidence": "nan"}, "min_confidence"),
    ({"sort": "plate"}, "sort"),
    ({"limit": 0}, "limit"),
    ({"limit": 501}, "limit"),
    ({"offset": -1}, "offset"),
    ({"offset": 10_001}, "offset"),
    ({"format": "pdf"}, "format"),
    ({"from": "yesterday"}, "from"),
    ({"to": "9" * 30}, "to"),
    ({"text": "-"}, None),
    ({"text": "%"}, "text"),
    ({"text": "A" * 65}, "text"),
    ({"text": "A\0B"}, "text"),
    ({"text": "\u200fAB"}, "text"),
    ({"colour": "red"}, "colour"),
]


def test_a_wrong_parameter_is_named(api: Api, subtests: pytest.Subtests) -> None:
    for asked, field in WRONG:
        with subtests.test(asked=asked, field=field):
            if field is None:
                assert plates(api, **asked) == []
            else:
                refused(ask(api, "search", **asked), 422, field=field)


@pytest.mark.parametrize("injected", ["' OR 1=1 --", "\\", "%' OR plate LIKE '%", '"; DELETE FROM events; --'])
def test_sql_in_any_parameter_finds_nothing_and_does_nothing(api: Api, injected: str) -> None:
    some_events(api)
    names = ("text", "country", "list", "direction", "camera", "zone", "min_confidence", "from", "to", "cursor", "sort")
    for name in names:
        answer = ask(api, "search", **{name: injected})
        assert answer.status_code in (200, 404, 422), (name, answer.text)
        assert answer.status_code != 200 or answer.json()["events"] == []
    assert len(plates(api)) == 4


def test_a_list_that_does_not_exist_is_said_so(api: Api) -> None:
    refused(ask(api, "search", list="Staff"), 404)


def test_commands_are_found_by_name_only(api: Api) -> None:
    assert "search" in refused(api.client.get("/webapi/delete"), 404)
    refused(api.client.get("/webapi?command=drop"), 404)
    refused(api.client.get("/webapi"), 422, field="command")
    assert api.client.delete("/webapi/search").status_code == 405


BROKEN: list[tuple[str | bytes, str]] = [
    ("{", "application/json"),
    ("[]", "application/json"),
    ('"text"', "application/json"),
    ('{"text": NaN}', "application/json"),
    ('{"text": "A", "text": "B"}', "application/json"),
    ("[" * 100_000, "application/json"),
    (b"\xff\xfe", "application/json"),
    (json.dumps({"text": "A\ud800B"}), "application/json"),
    ("no boundary", "multipart/form-data"),
]


def test_a_broken_body_is_malformed(api: Api, subtests: pytest.Subtests) -> None:
    for body, content_type in BROKEN:
        with subtests.test(body=body, content_type=content_type):
            answer = api.client.post("/webapi/search", content=body, headers={"Content-Type": content_type})
            refused(answer, 400, "malformed")


def test_a_parameter_given_twice_is_refused(api: Api) -> None:
    refused(api.client.get("/webapi/search?text=A&text=B"), 422, field="text")
    refused(api.client.post("/webapi/search?text=A", json={"text": "B"}), 422, field="text")


def test_a_body_beyond_a_megabyte_is_refused(api: Api) -> None:
    answer = api.client.post("/webapi/search", content=b" " * (1024 * 1024 + 1))
    refused(answer, 413, "too_large")


def test_a_search_for_a_plate_is_on_record_once_with_its_reason(api: Api) -> None:
    api.store(*[an_event(f"AB{number}") for number in range(3)])
    api.client.headers["X-Platewire-Reason"] = "stolen on Monday"
    first = done(ask(api, "search", text="AB", limit=2))
    done(ask(api, "search", text="AB", limit=2, cursor=first["next"]))
    done(ask(api, "search"))
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "event.search")).one()
    assert (row.subject, row.detail["reason"]) == ("AB", "stolen on Monday")
