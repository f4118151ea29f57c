"""What devices read themselves goes the way of all events: lists, rules, deliveries, once and in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
from sqlalchemy import func, select, update

from services.reactor import pushed
from shared import streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Command, DeliveryRow, EventRow, Plate, PushContact, PushedPassage, PushRow
from shared.geometry import Box
from shared.media import MediaStore
from shared.pushes import Push, PushedPictures, store, with_pictures
from tests.integration.reactor.test_reactions import add_rule, enlist, rounds
from tests.integration.reactor.yard import Yard

ALL = range(streams.SHARDS)


@pytest.fixture(autouse=True)
def _today(yard: Yard) -> None:
    yard.now = now()


def push(yard: Yard, camera: UUID, plate: str = "AA1234BB", at: datetime | None = None, **values: Any) -> bool:
    moment = at or now()
    given = {"key": f"{plate}-{values}-{moment}", "form": "json", "plate": plate, "country": "UKR", "confidence": 0.9}
    told = Push(**given | {"captured_at": moment, "read_at": moment} | values)
    with transaction(yard.site.engine) as session:
        return store(session, camera, told)


def stored(yard: Yard) -> list[tuple[str, str]]:
    with transaction(yard.site.engine) as session:
        query = select(EventRow.plate, EventRow.state).order_by(EventRow.captured_at, EventRow.car_id)
        return [(plate, state) for plate, state in session.execute(query)]


def deliveries(yard: Yard) -> list[str]:
    with transaction(yard.site.engine) as session:
        return sorted(session.scalars(select(DeliveryRow.moment)))


def test_a_vehicle_is_told_once_at_each_moment_and_its_plate_counted_once(yard: Yard) -> None:
    camera = yard.camera()
    add_rule(yard, "All", send_on="both", list="any")
    enlist(yard, "AA1234BB", "white")
    reactor = yard.reactor()
    for state, direction in (("new", "unknown"), ("update", "in"), ("lost", "in")):
        push(yard, camera, car="7", state=state, direction=direction)
        reactor.take_pushes(ALL)
    assert stored(yard) == [("AA1234BB", "lost")]
    assert deliveries(yard) == ["detect", "lost"]
    with transaction(yard.site.engine) as session:
        event = session.scalars(select(EventRow)).one()
        assert (event.direction, event.lists, event.car_id, event.reads) == ("in", ["white"], 7, 3)
        assert session.scalars(select(Plate.events)).one() == 1
        assert set(session.scalars(select(PushRow.push))) == {None}
    assert len(rounds(yard)[0]) == 2


def test_a_push_of_a_device_that_numbers_no_vehicles_is_the_whole_passage(yard: Yard) -> None:
    camera = yard.camera()
    add_rule(yard, "All", send_on="both", list="any")
    push(yard, camera)
    yard.reactor().take_pushes(ALL)
    assert stored(yard) == [("AA1234BB", "lost")]
    assert deliveries(yard) == ["detect", "lost"]


def test_the_same_message_again_changes_nothing(yard: Yard) -> None:
    camera, reactor, at = yard.camera(), yard.reactor(), now()
    assert push(yard, camera, at=at, key="one")
    reactor.take_pushes(ALL)
    assert not push(yard, camera, at=at, key="one")
    reactor.take_pushes(ALL)
    assert len(stored(yard)) == 1


def test_the_end_may_come_before_the_beginning(yard: Yard) -> None:
    camera, at = yard.camera(), now()
    add_rule(yard, "All", send_on="both", list="any")
    push(yard, camera, "AA1234BB", at, car="7", state="lost")
    push(yard, camera, "AA1234B8", at, car="7", state="update")
    yard.reactor().take_pushes(ALL)
    assert stored(yard) == [("AA1234BB", "lost")]
    assert deliveries(yard) == ["detect", "lost"]


def test_a_plate_that_the_device_corrects_is_corrected_and_matched_anew(yard: Yard) -> None:
    camera = yard.camera()
    enlist(yard, "AA1234BB", "black")
    reactor = yard.reactor()
    push(yard, camera, "AA1234B8", car="7")
    reactor.take_pushes(ALL)
    push(yard, camera, "AA1234BB", car="7", state="lost")
    reactor.take_pushes(ALL)
    with transaction(yard.site.engine) as session:
        event = session.scalars(select(EventRow)).one()
        assert (event.plate, event.lists) == ("AA1234BB", ["black"])
        assert [tuple(row) for row in session.execute(select(Plate.plate, Plate.events))] == [("AA1234BB", 1)]


def test_a_number_means_another_vehicle_after_the_device_began_anew(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    push(yard, camera, "AA1234BB", car="1", state="lost")
    push(yard, camera, "KA7777KA", car="1", state="new")
    push(yard, camera, "BC0001BC", now() - timedelta(hours=1), car="1", state="new")
    reactor.take_pushes(ALL)
    assert {plate for plate, _state in stored(yard)} == {"AA1234BB", "KA7777KA", "BC0001BC"}


def test_a_vehicle_of_which_nothing_more_is_said_is_lost(yard: Yard) -> None:
    camera = yard.camera()
    add_rule(yard, "All", send_on="lost", list="any")
    reactor = yard.reactor()
    push(yard, camera, car="7")
    reactor.take_pushes(ALL)
    assert deliveries(yard) == []
    with transaction(yard.site.engine) as session:
        session.execute(update(PushedPassage).values(heard_at=now() - pushed.SILENCE - timedelta(seconds=1)))
    reactor.take_pushes(ALL)
    reactor.take_pushes(ALL)
    assert (stored(yard), deliveries(yard)) == ([("AA1234BB", "lost")], ["lost"])


@pytest.mark.parametrize(("age", "orders"), [(timedelta(0), 1), (timedelta(minutes=6), 0)])
def test_only_a_vehicle_that_is_there_opens_a_barrier(yard: Yard, age: timedelta, orders: int) -> None:
    camera = yard.camera()
    add_rule(yard, "Gate", kind="barrier", list="any")
    push(yard, camera, at=now() - age)
    yard.reactor().take_pushes(ALL)
    with transaction(yard.site.engine) as session:
        assert session.scalar(select(func.count()).select_from(Command)) == orders


def test_a_clock_that_is_far_ahead_is_not_believed(yard: Yard) -> None:
    camera = yard.camera()
    push(yard, camera, at=now() + timedelta(days=1))
    yard.reactor().take_pushes(ALL)
    with transaction(yard.site.engine) as session:
        assert session.scalars(select(EventRow.captured_at)).one() <= now()


def test_a_thousand_at_once_are_taken_in_order_and_another_reactor_adds_nothing(yard: Yard) -> None:
    cameras = [yard.camera(f"Gate {number}") for number in range(4)]
    begun = now() - timedelta(minutes=1)
    for number in range(1000):
        push(yard, cameras[number % 4], f"AA{number:04}BB", begun + timedelta(milliseconds=number), key=str(number))
    first, second = yard.reactor(), yard.reactor()
    for _ in range(6):
        first.take_pushes(ALL)
        second.take_pushes(ALL)
    assert [plate for plate, _ in stored(yard)] == [f"AA{number:04}BB" for number in range(1000)]


def test_another_shards_devices_are_left_alone_and_a_removed_one_takes_its_messages_along(yard: Yard) -> None:
    camera = yard.camera()
    push(yard, camera)
    yard.reactor().take_pushes({shard for shard in ALL if shard != streams.shard_of(camera)})
    assert stored(yard) == []


def test_pictures_are_kept_and_the_plate_is_cut_out_of_the_frame(yard: Yard, tmp_path: Any) -> None:
    media = MediaStore(tmp_path)
    frame = cv2.imencode(".png", np.full((240, 320, 3), 90, np.uint8))[1].tobytes()
    moment = now()
    told = Push(key="k", form="json", plate="AA1234BB", captured_at=moment, read_at=moment)
    kept = with_pictures(told, PushedPictures(frame=frame, box=Box(x=300, y=200, width=90, height=20)), media)
    assert (kept.frame_width, kept.frame_height, kept.box.as_list()) == (320, 240, [300, 200, 20, 20])
    assert media.get(kept.frame_key).startswith(b"\xff\xd8")
    assert media.get(kept.crop_key).startswith(b"\xff\xd8")


def test_what_nobody_repeats_any_more_is_forgotten(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    push(yard, camera)
    reactor.take_pushes(ALL)
    with transaction(yard.site.engine) as session:
        session.execute(update(PushRow).values(received_at=now() - timedelta(days=8)))
        session.execute(update(PushedPassage).values(heard_at=now() - timedelta(days=2)))
    reactor.forget()
    with transaction(yard.site.engine) as session:
        assert session.scalar(select(func.count()).select_from(PushRow)) == 0
        assert session.scalar(select(func.count()).select_from(PushedPassage)) == 0
        assert session.scalars(select(PushContact.camera_id)).one() == camera


@pytest.mark.parametrize(("towards", "direction"), [("in", "in"), ("out", "out"), ("unknown", "unknown")])
def test_towards_the_camera_means_what_its_setting_says(yard: Yard, towards: str, direction: str) -> None:
    camera = yard.camera(towards=towards)
    push(yard, camera, vertical="down")
    yard.reactor().take_pushes(ALL)
    with transaction(yard.site.engine) as session:
        assert session.scalars(select(EventRow.direction)).one() == direction
