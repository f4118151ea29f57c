"""What a server of each generation has stored after deliveries."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine

from services.integrations.wave import server
from services.integrations.wave.deliver import keep
from shared.errors import Reject, Retry
from shared.integration import Standing
from shared.messages import Moment
from simulators.nx_server import Fault
from tests.integration.integrations.wave_site import GATE, GENERATIONS, again, destination
from tests.simulators.sample_delivery import WHEN, a_camera

each = pytest.mark.parametrize("profile", GENERATIONS)
NEW = "99abcdef-0123-4567-89ab-cdef01234567"
EVENT_ID = UUID("7c1c8f0e-0000-4000-8000-000000000001")


@each
def test_a_vehicle_becomes_a_bookmark_and_an_event(profile: str) -> None:
    with destination(profile) as to:
        receipt = to.send(event_id=EVENT_ID)

        (stored,) = to.nx.state.bookmarks
        (event,) = to.nx.state.events
    assert receipt.answer == "LPR Gate: bookmark made, generic event taken"
    assert (stored.device, stored.name, stored.duration_ms) == (GATE, "AA1234BB", 5000)
    assert stored.start_ms == round(WHEN.timestamp() * 1000) - 2000
    assert stored.description == f"black, staff; NLD; in; confidence 0.72\nPlatewire event {EVENT_ID}"
    assert stored.tags == ["ANPR", "AA1234BB", "black", "staff"]
    assert (event["source"], event["caption"], event["description"]) == (
        "ANPR Gate",
        "AA1234BB",
        "black, staff; in; detect",
    )
    expected = {"deviceIds": [GATE]} if profile == "v4" else {"metadata": {"cameraRefs": [GATE]}}
    assert expected.items() <= event.items()


@each
@pytest.mark.parametrize("plate", ["A<B&C=D", "A B+12%41%", "AB\r\n12", "АА1234ВЇ"])
def test_a_difficult_plate_arrives_as_it_is(profile: str, plate: str) -> None:
    with destination(profile) as to:
        to.send(plate)

        (stored,) = to.nx.state.bookmarks
        (event,) = to.nx.state.events
    assert (stored.name, stored.tags[1], event["caption"]) == (plate, plate, plate)


@each
def test_a_passage_has_one_bookmark_which_its_end_lengthens(profile: str) -> None:
    with destination(profile) as to:
        to.send("AA1234BB", event_id=EVENT_ID)
        leaves = WHEN + timedelta(seconds=20)
        receipt = to.send("AA1234BC", moment=Moment.LOST, last_seen=leaves, event_id=EVENT_ID)
        to.send("AA1234BC", moment=Moment.LOST, last_seen=leaves, event_id=EVENT_ID)

        (stored,) = to.nx.state.bookmarks
        told = [event["description"] for event in to.nx.state.events]
    assert receipt.answer == "LPR Gate: bookmark brought up to date, generic event taken"
    assert (stored.name, stored.duration_ms, stored.tags[1]) == ("AA1234BC", 22_000, "AA1234BC")
    assert told[:2] == ["black, staff; in; detect", "black, staff; in; lost"]


@each
def test_a_vehicle_that_is_told_when_it_left_has_a_bookmark_too(profile: str) -> None:
    with destination(profile) as to:
        to.send(moment=Moment.LOST, last_seen=WHEN + timedelta(seconds=9))

        assert [bookmark.duration_ms for bookmark in to.nx.state.bookmarks] == [11_000]


@each
def test_two_vehicles_of_one_moment_have_two_bookmarks(profile: str) -> None:
    with destination(profile) as to:
        to.send("AA1234BB")
        to.send("AA1234BB")

        assert len(to.nx.state.bookmarks) == 2


@each
@pytest.mark.parametrize("fault", ["reset", "close", "reset_in_body", "status"])
def test_a_try_whose_answer_was_lost_leaves_one_bookmark(profile: str, fault: str) -> None:
    with destination(profile, events=False) as to:
        path = "bookmarks/add" if profile == "legacy" else "/bookmarks"
        to.nx.faults.append(Fault(fault, path, "GET" if profile == "legacy" else "POST", done=True))
        delivery = to.delivery()
        with pytest.raises(Retry):
            to.send(again=delivery)
        assert len(to.nx.state.bookmarks) == 1

        receipt = to.send(again=again(delivery))

        assert len(to.nx.state.bookmarks) == 1
    assert receipt.answer == "LPR Gate: bookmark is there"


def test_a_legacy_bookmark_bears_the_deliverys_id() -> None:
    with destination("legacy") as to:
        delivery = to.delivery()
        to.send(again=delivery)

        assert to.nx.state.bookmarks[0].identity == str(delivery.delivery_id)
        (request,) = to.nx.asked("bookmarks/add")
    assert f"guid=%7B{delivery.delivery_id}%7D" in request.target
    assert "+" not in request.target


def test_the_bytes_of_a_rest_bookmark() -> None:
    with destination("v3") as to:
        to.send("АА1234ВВ", event_id=EVENT_ID, lists=())

        request = next(request for request in to.nx.asked(f"/rest/v3/devices/{GATE}/bookmarks") if request.body)
    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")
    assert json.loads(request.body) == {
        "name": "АА1234ВВ",
        "description": f"NLD; in; confidence 0.72\nPlatewire event {EVENT_ID}",
        "startTimeMs": round(WHEN.timestamp() * 1000) - 2000,
        "durationMs": 5000,
        "tags": ["ANPR", "АА1234ВВ"],
    }


@pytest.mark.parametrize(("off", "bookmarks", "events"), [("bookmarks", 0, 1), ("events", 1, 0)])
def test_bookmarks_and_events_can_each_be_switched_off(off: str, bookmarks: int, events: int) -> None:
    with destination("v4", **{off: False}) as to:
        to.send()

        assert (len(to.nx.state.bookmarks), len(to.nx.state.events)) == (bookmarks, events)


@each
@pytest.mark.parametrize(
    ("camera", "cameras"),
    [
        (a_camera(name="В'їзд", sensor_id=""), {}),
        (a_camera(name="Gate", sensor_id="CAM_92610000009F"), {}),
        (a_camera(name="Gate", address="10.0.0.7"), {}),
        (a_camera(name="Gate", address="10.0.0.5"), {"Gate": "{89abcdef-0123-4567-89ab-cdef01234569}"}),
    ],
)
def test_a_camera_is_found_at_the_server(profile: str, camera: object, cameras: dict[str, str]) -> None:
    with destination(profile, cameras=cameras) as to:
        to.send(camera=camera)

        assert [bookmark.device for bookmark in to.nx.state.bookmarks] == ["89abcdef-0123-4567-89ab-cdef01234569"]


@each
def test_two_channels_at_one_address_need_a_choice(profile: str) -> None:
    camera = a_camera(name="Gate", address="10.0.0.9")
    with destination(profile) as to:
        with pytest.raises(Reject, match="2 devices have the address"):
            to.send(camera=camera)
        to.changes["cameras"] = {"Gate": "Encoder 2"}
        to.send(camera=camera)

        assert [bookmark.device for bookmark in to.nx.state.bookmarks] == ["89abcdef-0123-4567-89ab-cdef01234571"]


@each
def test_a_camera_that_was_added_anew_at_the_server_is_looked_up_once_more(profile: str) -> None:
    with destination(profile) as to:
        to.send()
        devices = to.nx.state.devices
        devices[0] = replace(devices[0], identity=NEW, physical="new", mac="new")
        to.send()

        assert [bookmark.device for bookmark in to.nx.state.bookmarks] == [GATE, NEW]


def test_a_camera_that_is_new_at_the_server_is_found_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    new = a_camera(name="New", sensor_id="", address="10.0.0.77")
    with destination("v3") as to:
        to.send()
        with pytest.raises(Reject, match="None of the server's 5 devices is"):
            to.send(camera=new)
        with pytest.raises(Reject, match="None of the server's 5 devices is"):
            to.send(camera=new)
        assert len([r for r in to.nx.requests if r.target == "/rest/v3/devices"]) == 1

        to.nx.state.devices.append(replace(to.nx.state.devices[0], identity=NEW, url="http://10.0.0.77"))
        monkeypatch.setattr(server, "DEVICES_KEPT", 0.0)
        to.changes["pre_roll"] = 3
        to.send()
        to.send(camera=new)

        assert [bookmark.device for bookmark in to.nx.state.bookmarks] == [GATE, GATE, NEW]


@pytest.mark.parametrize("profile", ["v1", "v4"])
def test_fifty_deliveries_need_one_sign_in_one_list_of_devices_and_one_kept_connection(profile: str) -> None:
    with destination(profile) as to:
        for number in range(50):
            to.send(f"AA{number:04}BB")

        assert len(to.nx.state.bookmarks) == 50
        assert to.nx.state.logins == 1
        devices = [request for request in to.nx.requests if request.target.partition("?")[0].endswith("/devices")]
        assert len(devices) == 1
        # Each introduction has one of its own, since nobody knows yet what answers.
        assert to.nx.connections == len(to.nx.asked("info")) + 1


def test_two_lanes_take_turns_at_one_session() -> None:
    with destination("v3") as to:
        lanes = [threading.Thread(target=lambda: [to.send() for _ in range(5)]) for _ in range(2)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join(30)

        assert (len(to.nx.state.bookmarks), to.nx.state.logins) == (10, 1)


def test_a_session_ends_when_the_destination_does(tmp_path: Path) -> None:
    with destination("v3") as to:
        to.send()
        assert len(to.nx.state.sessions) == 1
        stopping = threading.Event()
        standing = Standing(to.identity, "wave", tmp_path, create_engine("sqlite://"), stopping)
        keeping = threading.Thread(target=keep, args=(standing, to.settings))
        keeping.start()
        stopping.set()
        keeping.join(20)

        assert to.nx.state.sessions == {}


def test_changed_settings_end_the_session_of_the_old_ones() -> None:
    with destination("v3") as to:
        to.send()
        to.changes["pre_roll"] = 3
        to.send()

        assert (to.nx.state.logins, len(to.nx.state.sessions)) == (2, 1)


def test_a_destination_that_never_sent_has_nothing_to_end(tmp_path: Path) -> None:
    with destination("v3") as to:
        stopping = threading.Event()
        stopping.set()
        keep(Standing(uuid4(), "wave", tmp_path, create_engine("sqlite://"), stopping), to.settings)

        assert to.nx.requests == []
