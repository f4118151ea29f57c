"""Vehicles that nobody could read: stored with reason and picture, and nothing ever happens because of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shared import streams
from shared.db.session import transaction
from shared.db.tables import DeliveryRow, ListEntry, Plate, PlateList, Track
from shared.errors import Missing
from shared.geometry import Box
from shared.messages import Alternative, Event, FrameReads, Unread, UnreadReason
from shared.testing import NOON, a_read, entries, frame_reads
from tests.integration.reactor.yard import Yard

BOX = Box(x=100, y=200, width=120, height=30)


def unread(yard: Yard, camera_reads: FrameReads, number: int, *, sharpness: float = 50.0) -> FrameReads:
    """The frame with one plate that was not read; its pictures are in the media store."""
    keys = [yard.media.put(f"{kind} {number}".encode(), f"{kind}{number}", NOON) for kind in ("frame", "crop")]
    seen = Unread(reason=UnreadReason.BLURRED, raw="?8TH", box=BOX, sharpness=sharpness, crop_key=keys[1])
    return camera_reads.model_copy(update={"frame_key": keys[0], "unread": (seen,)})


def test_an_unread_passage_is_stored_when_lost_and_nothing_follows_from_it(yard: Yard) -> None:
    camera = yard.camera()
    for name, rule in (("Any", "any"), ("None", "none"), ("Black", "black")):
        yard.destination(name, send_on="both", list=rule)
    with transaction(yard.site.engine) as session:
        black = session.scalars(select(PlateList).where(PlateList.name == "black")).one()
        session.add(ListEntry(list_id=black.id, plate="*8*", typed="*8*", pattern=True))
        session.add(ListEntry(list_id=black.id, plate="*", typed="*", pattern=True))
    reactor = yard.reactor()
    yard.play(reactor, [unread(yard, frame_reads(camera, second=i / 5), i) for i in range(5)])
    assert yard.events() == []
    yard.wait(reactor, 5)
    (row,) = yard.events()
    assert (row.plate, row.unread, row.state, row.reads, row.car_id) == ("", "blurred", "lost", 0, 1)
    assert (list(row.lists), row.box, row.captured_at) == ([], BOX.as_list(), NOON)
    assert yard.count(DeliveryRow) == 0
    assert entries(yard.site.events, streams.EVENTS) == []
    with transaction(yard.site.engine) as session:
        assert session.scalars(select(Plate)).all() == []
        assert session.scalars(select(Track)).one().state["unread"] == {"blurred": 1}


def test_of_an_unread_passage_the_sharpest_picture_stays(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    frames = [unread(yard, frame_reads(camera, second=i / 5), i, sharpness=50.0 + 10 * (i == 2)) for i in range(5)]
    yard.play(reactor, frames)
    yard.wait(reactor, 5)
    (row,) = yard.events()
    assert (row.frame_key, row.crop_key) == (frames[2].frame_key, frames[2].unread[0].crop_key)
    for number, frame in enumerate(frames):
        for key in (frame.frame_key, frame.unread[0].crop_key):
            if number == 2:
                assert yard.media.get(key)
            else:
                with pytest.raises(Missing):
                    yard.media.get(key)


def test_a_vehicle_read_in_one_frame_of_many_is_one_event_and_keeps_no_unread_picture(yard: Yard) -> None:
    camera, destination = yard.camera(), yard.destination("Office")
    frames = [unread(yard, frame_reads(camera, second=i / 5), i) for i in (0, 1, 2, 4, 5)]
    frames.insert(3, frame_reads(camera, a_read("98XKD3"), second=0.6))
    for frame in [*frames, *frames]:
        yard.play(yard.reactor(), [frame])
    yard.wait(yard.reactor(), 5)
    (row,) = yard.events()
    assert (row.plate, row.unread, row.reads, row.state, row.captured_at) == ("98XKD3", "", 1, "lost", NOON)
    assert [delivery.destination_id for delivery in yard.deliveries()] == [destination]
    assert [path for path in yard.media.root.rglob("*") if path.is_file()] == []


def test_region_alternatives_and_single_readings_are_stored_and_told(yard: Yard) -> None:
    camera = yard.camera()
    yard.destination("Office")
    reactor = yard.reactor()
    other = Alternative(text="KA4711X1", country="UKR", margin=0.4)
    right = a_read("KA4711XY").model_copy(update={"country": "UKR", "region": "Kyiv", "alternatives": (other,)})
    yard.play(reactor, [frame_reads(camera, right, second=i / 5) for i in range(4)])
    yard.play(reactor, [frame_reads(camera, a_read("KA4711XV", confidence=0.5), second=0.8)])
    yard.wait(reactor, 5)
    (row,) = yard.events()
    assert (row.region, row.alternatives) == ("Kyiv", [{"text": "KA4711X1", "country": "UKR", "margin": 0.4}])
    assert [(one["text"], one["reads"]) for one in row.readings] == [("KA4711XY", 4), ("KA4711XV", 1)]
    told = Event.model_validate(yard.deliveries()[0].event)
    assert (told.region, told.alternatives, told.unread) == ("Kyiv", (other,), None)
