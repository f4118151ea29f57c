"""The standing work: cameras are registered, heartbeats follow, lists come down; as the engine runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Camera, MetaList, MetaListPage, MetaSite, MetaSource
from shared.status import CameraState, CameraStatus, report_camera
from shared.testing import Site
from tests.simulators.meta_server import KEY, Fault, MetaServer, SentList

Until = Callable[..., None]
LIST = "5b1f2a34-0b5d-4e7a-9c1f-3d2e4b5a6c70"


def camera(site: Site, name: str, **settings: Any) -> UUID:
    with transaction(site.engine) as session:
        row = Camera(name=name, kind="upload", source=b"", settings=settings)
        session.add(row)
        session.flush()
        return row.id


def lists(site: Site) -> dict[str, list[str]]:
    """Plates by list as they are here, of lists that are whole."""
    with transaction(site.engine) as session:
        asked = select(MetaList.name, MetaListPage.entries).join(MetaListPage, MetaListPage.meta_list_id == MetaList.id)
        found: dict[str, list[str]] = {}
        for name, entries in session.execute(asked.where(MetaList.version != "").order_by(MetaListPage.first)):
            found.setdefault(name, []).extend(entry["plate"] for entry in entries)
        return found


def test_cameras_are_registered_and_again_when_they_change(
    ledger: Any, start_worker: Any, until: Until, site: Site, server: MetaServer
) -> None:
    gate = camera(site, "Gate", towards="out", sensor_id="GATE-1", regions=[[[0, 0], [1, 0], [1, 1]]] * 2)
    report_camera(site.events, gate, CameraStatus(state=CameraState.RUNNING, last_frame_at=now()))
    start_worker("numberok_meta")
    ledger.destination("numberok_meta", url=server.url, connection_key=KEY)

    until(lambda: "GATE-1" in server.sources, "it is registered")
    assert server.sources["GATE-1"] == {"id": "GATE-1", "name": "Gate", "direction": "out", "zones": ["1", "2"]}
    beat = server.expect("heartbeat", 1)[0].document
    assert [(one["id"], one["state"]) for one in beat["sources"]] == [("GATE-1", "running")]

    yard = camera(site, "Yard")
    until(lambda: f"CAM_{yard.hex[:12].upper()}" in server.sources, "a new camera is registered")
    with transaction(site.engine) as session:
        session.delete(session.get_one(Camera, gate))
    until(lambda: "GATE-1" not in server.sources, "a camera that is gone is not named any more")


def test_events_of_a_camera_that_is_gone_still_arrive_in_order(
    ledger: Any, start_worker: Any, until: Until, quick: None, server: MetaServer
) -> None:
    destination = ledger.destination("numberok_meta", url=server.url, connection_key=KEY)
    plates = [f"AA{number:04d}" for number in range(6)]
    ledger.add(destination, *plates)
    server.plan.extend([Fault("503", "events"), Fault("half", "events"), Fault("reset", "events")])
    start_worker("numberok_meta")

    until(lambda: len(server.events) == 6, "all arrive")
    assert [document["plateASCII"] for _, document in server.events] == plates
    until(lambda: ledger.states(destination) == {"delivered": 6}, "all are noted")
    assert [document["packetCounter"] for _, document in server.events] == [str(n) for n in range(1, 7)]


def test_a_key_that_was_taken_away_is_shown_and_a_new_one_goes_on(
    ledger: Any, start_worker: Any, until: Until, quick: None, server: MetaServer
) -> None:
    destination = ledger.destination("numberok_meta", url=server.url, connection_key=KEY)
    server.key = "F" * 44
    start_worker("numberok_meta")
    ledger.add(destination, "AA0001", "AA0002")
    until(lambda: "refuses the connection key" in ledger.get_destination(destination).last_error, "the reason is shown")
    assert ledger.states(destination) == {"due": 2}
    ledger.change(destination, url=server.url, connection_key="F" * 44)
    until(lambda: len(server.events) == 2, "what waited is sent")


def test_a_server_that_forgot_the_cameras_gets_them_again(
    ledger: Any, start_worker: Any, until: Until, site: Site, server: MetaServer
) -> None:
    server.beat_every = 1
    camera(site, "Gate", sensor_id="GATE-1")
    ledger.destination("numberok_meta", url=server.url, connection_key=KEY)
    start_worker("numberok_meta")
    until(lambda: "GATE-1" in server.sources, "it is registered")
    server.sources.clear()
    until(lambda: "GATE-1" in server.sources, "it is registered again")


def test_cameras_of_other_sites_are_not_passed_on(
    ledger: Any, start_worker: Any, until: Until, site: Site, server: MetaServer
) -> None:
    theirs = camera(site, "South / Gate")
    with transaction(site.engine) as session:
        south = MetaSite(name="South")
        session.add(south)
        session.flush()
        session.add(MetaSource(site_id=south.id, source="S-1", camera_id=theirs, name="Gate"))
    camera(site, "Yard", sensor_id="YARD")
    ledger.destination("numberok_meta", url=server.url, connection_key=KEY)
    start_worker("numberok_meta")
    until(lambda: set(server.sources) == {"YARD"}, "only ours is registered")


def test_two_cameras_with_one_id_are_named(
    ledger: Any, start_worker: Any, until: Until, site: Site, server: MetaServer
) -> None:
    camera(site, "Gate", sensor_id="SAME")
    camera(site, "Yard", sensor_id="SAME")
    destination = ledger.destination("numberok_meta", url=server.url, connection_key=KEY)
    start_worker("numberok_meta")
    until(
        lambda: "Gate and Yard have one sensor id, SAME" in ledger.get_destination(destination).last_error,
        "it is said which",
    )
    assert server.sources == {}


def test_lists_come_down_and_only_changed_pages_are_asked_for(
    ledger: Any, start_worker: Any, until: Until, site: Site, server: MetaServer
) -> None:
    server.beat_every = 1
    plates = [f"AA{number:04d}" for number in range(10)]
    server.lists[LIST] = SentList(LIST, "staff", {plate: {} for plate in plates})
    ledger.destination("numberok_meta", url=server.url, connection_key=KEY)
    start_worker("numberok_meta")
    until(lambda: lists(site) == {"staff": plates}, "all entries are here")
    assert len(server.of(f"lists/{LIST}/page")) == 4

    server.lists[LIST].entries["AA0004"] = {"note": "changed"}
    until(lambda: len(server.of(f"lists/{LIST}/page")) == 5, "one page is asked for")
    assert server.of(f"lists/{LIST}/page")[-1].query == {"first": "AA0003", "before": "AA0006"}

    del server.lists[LIST]
    until(lambda: lists(site) == {}, "a list that is not granted any more is forgotten")


def test_a_pull_that_broke_goes_on_where_it_was(
    ledger: Any, start_worker: Any, until: Until, quick: None, site: Site, server: MetaServer
) -> None:
    plates = [f"AA{number:04d}" for number in range(9)]
    server.lists[LIST] = SentList(LIST, "staff", {plate: {} for plate in plates})
    server.plan.extend([Fault("half", "lists"), Fault("reset", f"lists/{LIST}/page"), Fault("503", "heartbeat")])
    ledger.destination("numberok_meta", url=server.url, connection_key=KEY)
    start_worker("numberok_meta")
    until(lambda: lists(site) == {"staff": plates}, "all entries are here at last")


@pytest.mark.parametrize("entry", [{"note": 5}, {"note": "\0"}, {"colour": "x" * 501}])
def test_nonsense_in_a_list_is_refused_as_a_whole(
    ledger: Any, start_worker: Any, until: Until, site: Site, server: MetaServer, entry: dict[str, Any]
) -> None:
    server.lists[LIST] = SentList(LIST, f"staff {uuid4()}", {"AA0001": entry})
    destination = ledger.destination("numberok_meta", url=server.url, connection_key=KEY)
    start_worker("numberok_meta")
    until(lambda: "cannot be understood" in ledger.get_destination(destination).last_error, "it is said")
    assert lists(site) == {}
