"""The requests of each generation, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.integrations.wave.dialects import Call, Dialect, Legacy, Rest, Stored, stored_bookmarks
from services.integrations.wave.message import Bookmark, GenericEvent

DEVICE = "89abcdef-0123-4567-89ab-cdef01234567"
BOOKMARK = Bookmark(UUID(int=10), "event 1", "AB+12 %&<", "White list\nevent 1", 1700000000000, 5000, ("ANPR", "б+ 1"))
EVENT = GenericEvent("ANPR Gate 1", "AB+12%", "white", datetime(2024, 6, 16, 16, 2, 41, 999000, tzinfo=UTC))
STORED = Stored("id1_id2", "AB", "", 1)
GUID = "%7B00000000-0000-0000-0000-00000000000a%7D"
SAID = "name=AB%2B12%20%25%26%3C&description=White%20list%0Aevent%201&startTime=1700000000000&duration=5000"
TAGS = "tag=ANPR&tag=%D0%B1%2B%201"
BODY = (
    '{"name":"AB+12 %&<","description":"White list\\nevent 1","durationMs":5000,"tags":["ANPR","б+ 1"],'
    '"startTimeMs":1700000000000}'
).encode()


def test_a_legacy_bookmark_is_one_query_in_which_a_space_is_no_plus() -> None:
    query = f"guid={GUID}&cameraId={DEVICE}&{SAID}&{TAGS}"

    assert Legacy().add(DEVICE, BOOKMARK) == Call("GET", f"/ec2/bookmarks/add?{query}")
    changed = Legacy().change(DEVICE, STORED, BOOKMARK)
    assert changed == Call("GET", f"/ec2/bookmarks/update?guid=id1_id2&cameraId={DEVICE}&{SAID}&{TAGS}")


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_rest_bookmark_is_json(version: int) -> None:
    path = f"/rest/v{version}/devices/{DEVICE}/bookmarks"

    assert Rest(version).add(DEVICE, BOOKMARK) == Call("POST", path, BODY)
    assert Rest(version).change(DEVICE, STORED, BOOKMARK) == Call("PATCH", f"{path}/id1_id2", BODY)


@pytest.mark.parametrize(
    ("dialect", "target"),
    [
        (Legacy(), f"/ec2/bookmarks?cameraId={DEVICE}&startTime=1700000000000&endTime=1700000001000&limit=1000"),
        (
            Rest(2),
            f"/rest/v2/devices/{DEVICE}/bookmarks?startTimeMs=1700000000000&endTimeMs=1700000001000&limit=1000",
        ),
    ],
)
def test_bookmarks_are_read_back_around_the_beginning(dialect: Dialect, target: str) -> None:
    assert dialect.around(DEVICE, BOOKMARK) == Call("GET", target)


def test_a_bookmark_is_removed_by_its_id() -> None:
    assert Legacy().remove("{x}") == Call("GET", "/ec2/bookmarks/delete?guid=%7Bx%7D")
    assert Rest(3).remove("a/b_c") == Call("DELETE", "/rest/v3/devices/*/bookmarks/a%2Fb_c")


@pytest.mark.parametrize("dialect", [Legacy(), Rest(1), Rest(2), Rest(3)])
def test_before_rest_v4_an_event_is_posted_to_the_old_call(dialect: Dialect) -> None:
    body = (
        '{"source":"ANPR Gate 1","caption":"AB+12%","description":"white","timestamp":"1718553761999",'
        f'"metadata":{{"cameraRefs":["{DEVICE}"]}}}}'
    )

    assert dialect.event(DEVICE, EVENT) == Call("POST", "/api/createEvent", body.encode())


def test_rest_v4_has_a_call_for_events() -> None:
    body = (
        '{"state":"instant","timestamp":"2024-06-16T16:02:41Z","source":"ANPR Gate 1","caption":"AB+12%",'
        f'"description":"white","deviceIds":["{DEVICE}"]}}'
    )

    assert Rest(4).event(DEVICE, EVENT) == Call("POST", "/rest/v4/events/generic", body.encode())


def test_stored_bookmarks_are_understood_in_every_generation() -> None:
    legacy = {"reply": [{"guid": "{g}", "name": "AB", "durationMs": "5000"}]}
    newer = [{"id": "a_b", "name": "AB", "description": "event 1", "durationMs": 5000}, {"id": "c"}, "nonsense"]

    assert stored_bookmarks(legacy) == [Stored("{g}", "AB", "", 5000)]
    assert stored_bookmarks(newer) == [Stored("a_b", "AB", "event 1", 5000), Stored("c", "", "", 0)]
    assert stored_bookmarks(None) == []
