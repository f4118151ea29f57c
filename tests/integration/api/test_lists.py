"""How a list matches, what an entry may say, and what an entry would have matched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import select, update

from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Audit, EventRow, Plate
from shared.matching import Match
from shared.plates import skeleton
from tests.integration.api.gateway import Api, an_event

NIGHTS = {"periods": [{"days": ["fri", "sat"], "start": "22:00", "end": "06:00"}]}
DETAILS: dict[str, object] = {
    "note": "till spring",
    "owner": "Olena",
    "contact": "+380 44 123 45 67",
    "tag": "fleet",
    "colour": "green",
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_to": "2027-01-01T00:00:00Z",
    "schedule": NIGHTS,
}


def listed(api: Api, name: str) -> dict[str, Any]:
    lists: list[dict[str, Any]] = api.client.get("/api/v1/lists").json()["lists"]
    return next(one for one in lists if one["name"] == name)


def entry(api: Api, plate: str, name: str = "white") -> dict[str, Any]:
    entries: list[dict[str, Any]] = api.client.get(f"/api/v1/lists/{name}/entries").json()["entries"]
    return next(one for one in entries if one["plate"] == plate)


def refused(answer: httpx.Response, status: int, field: str | None = None) -> str:
    problem = answer.json()
    assert (answer.status_code, problem["field"]) == (status, field), answer.text
    detail: str = problem["detail"]
    return detail


def test_black_takes_look_alikes_and_white_does_not_until_somebody_says_so(api: Api) -> None:
    assert [listed(api, name)["match"] for name in ("black", "white")] == ["look_alike", "strict"]
    changed = api.client.patch("/api/v1/lists/white", json={"match": "one_off", "colour": "blue"})
    expected = {"name": "white", "kind": "white", "match": "one_off", "colour": "blue", "entries": 0, "managed_by": ""}
    assert changed.json() == expected
    assert api.client.patch("/api/v1/lists/white", json={"colour": ""}).json()["match"] == "one_off"
    refused(api.client.patch("/api/v1/lists/white", json={"match": "close enough"}), 422, "match")
    refused(api.client.patch("/api/v1/lists/ghosts", json={"match": "strict"}), 404)


def test_a_named_list_can_be_renamed_unless_a_reaction_names_it(api: Api) -> None:
    for name in ("Staff", "Guests"):
        made = api.client.post("/api/v1/lists", json={"name": name, "match": "look_alike", "colour": "red"})
        assert made.json() == {
            "name": name,
            "kind": "named",
            "match": "look_alike",
            "colour": "red",
            "entries": 0,
            "managed_by": "",
        }
    api.client.post("/api/v1/lists/Staff/entries", json={"plate": "AA1234BB"})
    assert api.client.patch("/api/v1/lists/Staff", json={"name": "Crew"}).json()["entries"] == 1
    assert api.client.get("/api/v1/lists/Crew/entries").json()["entries"][0]["plate"] == "AA1234BB"
    assert "already" in refused(api.client.patch("/api/v1/lists/Crew", json={"name": "Guests"}), 409)
    assert "keeps its name" in refused(api.client.patch("/api/v1/lists/black", json={"name": "Bad"}), 409)
    assert "meaning in rules" in refused(api.client.patch("/api/v1/lists/Crew", json={"name": "None"}), 422, "name")


def test_an_entry_keeps_what_is_known_of_it_and_each_detail_can_be_changed(api: Api) -> None:
    api.client.post("/api/v1/lists/white/entries", json={"plate": "aa 1234 bb", **DETAILS})
    kept = entry(api, "AA1234BB")
    assert {name: kept[name] for name in DETAILS} == DETAILS
    address = "/api/v1/lists/white/entries/aa-1234-bb"
    changed = api.client.patch(address, json={"owner": "Taras", "valid_to": None, "schedule": None}).json()
    wanted = {**DETAILS, "owner": "Taras", "valid_to": None, "schedule": None}
    assert {name: changed[name] for name in DETAILS} == wanted
    assert entry(api, "AA1234BB") == changed
    assert api.client.patch(address, json={"schedule": NIGHTS}).json()["schedule"] == NIGHTS
    with transaction(api.site.engine) as session:
        notes = session.scalars(select(Audit.detail).where(Audit.action == "list.entry.change").order_by(Audit.id))
        assert notes.all()[0] == {"plate": "AA1234BB", "fields": ["owner", "schedule", "valid_to"]}


def test_a_second_entry_for_the_same_plate_changes_nothing(api: Api) -> None:
    api.client.post("/api/v1/lists/white/entries", json={"plate": "AA1234BB", **DETAILS})
    again = api.client.post("/api/v1/lists/white/entries", json={"plate": "АА 1234-ВВ", "note": "other"})
    assert (again.status_code, again.json()["added"]) == (200, False)
    assert entry(api, "AA1234BB")["note"] == "till spring"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"valid_to": "2025-01-01T00:00:00Z"}, "valid_to"),
        ({"valid_to": "2027-01-01T00:00:00"}, "valid_to"),
        ({"schedule": {"periods": []}}, "schedule.periods"),
        ({"schedule": {"periods": [{"days": ["mon"], "start": "8:00", "end": "17:00"}]}}, "schedule.periods.0.start"),
        ({"colour": "#ff0000"}, "colour"),
        ({"tag": "x" * 33}, "tag"),
        ({"owner": None}, "owner"),
        ({"contact": "a\x00b"}, "contact"),
        ({"plate": "BB1234AA"}, "plate"),
    ],
)
def test_a_wrong_detail_names_its_field_and_changes_nothing(api: Api, change: Mapping[str, object], field: str) -> None:
    api.client.post("/api/v1/lists/white/entries", json={"plate": "AA1234BB", **DETAILS})
    refused(api.client.patch("/api/v1/lists/white/entries/AA1234BB", json={"note": "new", **change}), 422, field)
    assert entry(api, "AA1234BB")["note"] == "till spring"


def test_an_entry_that_is_not_there_cannot_be_changed(api: Api) -> None:
    answer = api.client.patch("/api/v1/lists/white/entries/AA1234BB", json={"note": "x"})
    assert (answer.status_code, answer.json()["error"]) == (404, "not_listed")
    refused(api.client.patch("/api/v1/lists/ghosts/entries/AA1234BB", json={"note": "x"}), 404)


def seen(api: Api, *plates: str, days_ago: float = 0.0) -> None:
    """Events as the reactor stores them, each a second after the one before."""
    begin = now() - timedelta(days=days_ago, hours=1)
    api.store(*(an_event(plate, begin + timedelta(seconds=i)) for i, plate in enumerate(plates)))
    with transaction(api.site.engine) as session:
        for plate in set(plates):
            session.execute(update(Plate).where(Plate.plate == plate).values(skeleton=skeleton(plate)))


def preview(api: Api, plate: str, match: Match | None = None, name: str = "white") -> dict[str, Any]:
    answer = api.client.post(f"/api/v1/lists/{name}/preview", json={"plate": plate, "match": match})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_preview_shows_what_an_entry_would_have_matched_and_how(api: Api) -> None:
    seen(api, "AB0123", "ABO123", "AB0123", "AB012", "ABI123", "XY0123")
    strict = preview(api, "ab 01-23")
    assert (strict["plate"], strict["match"], strict["counts"]) == ("AB0123", "strict", {"exact": 2})
    alike = preview(api, "AB0123", "look_alike")
    assert alike["counts"] == {"exact": 2, "look_alike": 1}
    assert [(one["plate"], one["how"], one["events"]) for one in alike["plates"]] == [
        ("AB0123", "exact", 2),
        ("ABO123", "look_alike", 1),
    ]
    wide = preview(api, "AB0123", "one_off")
    assert wide["counts"] == {"exact": 2, "look_alike": 1, "one_off": 2}
    found = [(one["event"]["plate"], one["how"]) for one in wide["events"]]
    ways = ["one_off", "one_off", "exact", "look_alike", "exact"]
    assert found == list(zip(["ABI123", "AB012", "AB0123", "ABO123", "AB0123"], ways, strict=True))
    assert wide["complete"]
    assert preview(api, "AB0123", name="black")["match"] == "look_alike"
    assert api.client.get("/api/v1/lists/white/entries").json()["entries"] == []


def test_a_preview_of_a_pattern_finds_what_it_names(api: Api) -> None:
    seen(api, "AB0123", "A80123", "AB9", "XAB0123")
    assert preview(api, "AB*")["counts"] == {"pattern": 2}
    assert preview(api, "AB*", "look_alike")["counts"] == {"pattern": 2, "look_alike": 1}
    assert preview(api, "?BO1*", "one_off")["counts"] == {"look_alike": 2}
    assert preview(api, "*0123")["counts"] == {"pattern": 3}
    assert preview(api, "Q*")["counts"] == {}


def test_a_preview_looks_back_ninety_days_and_shows_the_newest_fifty(api: Api) -> None:
    seen(api, "AB0123", days_ago=91)
    assert preview(api, "AB0123")["counts"] == {}
    seen(api, *["AB0123"] * 60)
    with transaction(api.site.engine) as session:
        session.execute(update(Plate).values(last_seen=now()))
        newest = session.scalars(select(EventRow.event_id).order_by(EventRow.captured_at.desc()).limit(50)).all()
    found = preview(api, "AB0123")
    assert found["counts"] == {"exact": 60}
    assert [one["event"]["event_id"] for one in found["events"]] == [str(event_id) for event_id in newest]


@pytest.mark.parametrize(
    ("plate", "words"),
    [
        ("A" * 17, "this one has 17"),
        ("🚗🚗🚗", "not 🚗"),
        ("A\u202eB12", "control characters"),
        ("AB\x0012", "control characters"),
        ("*?", "at least one letter"),
        ("AB'; DROP TABLE lists; --"[:16], "letters, digits"),
    ],
)
def test_a_plate_that_is_none_is_refused_by_entry_and_preview_alike(api: Api, plate: str, words: str) -> None:
    for address in ("entries", "preview"):
        answer = api.client.post(f"/api/v1/lists/white/{address}", json={"plate": plate})
        assert words in refused(answer, 422, "plate")


def test_plates_of_right_to_left_scripts_are_entries_like_others(api: Api) -> None:
    added = api.client.post("/api/v1/lists/white/entries", json={"plate": "١٢٣ أبج"})
    assert (added.status_code, added.json()["plate"]) == (201, "١٢٣أبج")
    assert entry(api, "١٢٣أبج")["typed"] == "١٢٣ أبج"


def test_a_preview_of_a_list_that_is_not_there_is_not_found(api: Api) -> None:
    assert "ghosts" in refused(api.client.post("/api/v1/lists/ghosts/preview", json={"plate": "AB0123"}), 404)


def test_a_preview_shows_events_and_so_needs_the_right_to_read_them(api: Api) -> None:
    url, body = "/api/v1/lists/white/preview", {"plate": "AB0123"}
    stranger = api.stranger
    assert stranger.post(url, json=body, headers=api.as_key("lists:read")).status_code == 403
    assert stranger.post(url, json=body, headers=api.as_key("lists:read", "events:read")).status_code == 200
