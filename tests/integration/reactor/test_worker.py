"""What a step writes, and that nothing is written twice."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, event, select, text

from services.reactor.store import ShardLost
from shared import streams
from shared.db.session import transaction
from shared.db.tables import Camera, DeliveryRow, EventRow, ListEntry, Plate, PlateList, Track
from shared.errors import InvalidMessage, Missing
from shared.messages import CameraCard, Event, FrameReads
from shared.plates import grams
from shared.streams import Entry
from shared.testing import NOON, a_read, entries, frame_reads
from tests.integration.reactor.yard import Yard


def passing(camera: UUID, plate: str, start: float = 0.0, count: int = 5) -> list[FrameReads]:
    return [frame_reads(camera, a_read(plate), second=start + i / 5) for i in range(count)]


def test_a_passage_becomes_one_row_one_delivery_and_one_plate(yard: Yard) -> None:
    camera, destination = yard.camera(sensor_id="CAM_1"), yard.destination("Office")
    reactor = yard.reactor()
    yard.play(reactor, passing(camera, "98XKD3"))
    yard.wait(reactor, 5)
    (row,) = yard.events()
    assert (row.plate, row.state, row.camera_name, row.car_id, row.captured_at) == ("98XKD3", "lost", "Gate", 1, NOON)
    assert row.box == [100, 200, 120, 30]
    assert len(row.characters) == 6
    (delivery,) = yard.deliveries()
    assert (delivery.event_id, delivery.destination_id, delivery.moment) == (row.event_id, destination, "detect")
    assert delivery.state == "due"
    assert delivery.expires_at - delivery.created_at == timedelta(days=7)
    assert Event.model_validate(delivery.event).state == "reliable"
    assert CameraCard.model_validate(delivery.camera).sensor_id == "CAM_1"
    with transaction(yard.site.engine) as session:
        plate = session.scalars(select(Plate)).one()
    assert (plate.plate, plate.events, plate.grams, plate.skeleton) == ("98XKD3", 1, grams("98XKD3"), "98XK03")


def test_destinations_hear_at_the_moments_they_chose(yard: Yard) -> None:
    camera = yard.camera()
    wanted = {yard.destination(name, send_on=name) for name in ("detect", "lost", "both")}
    reactor = yard.reactor()
    yard.play(reactor, passing(camera, "98XKD3"))
    assert [d.moment for d in yard.deliveries()] == ["detect", "detect"]
    yard.wait(reactor, 5)
    assert [d.moment for d in yard.deliveries()] == ["detect", "detect", "lost", "lost"]
    assert {d.destination_id for d in yard.deliveries()} == wanted


def test_events_and_wakeups_are_announced_after_the_commit(yard: Yard) -> None:
    camera, destination = yard.camera(), yard.destination("Office")
    reactor = yard.reactor()
    yard.play(reactor, passing(camera, "98XKD3"))
    yard.wait(reactor, 5)
    announced = [Event.model_validate_json(entry.data) for entry in entries(yard.site.events, streams.EVENTS)]
    assert [e.state for e in announced] == ["new", "reliable", "lost"]
    assert yard.site.events.xlen(streams.wake(destination)) == 1


def test_without_redis_events_are_stored_all_the_same(yard: Yard) -> None:
    camera = yard.camera()
    reactor = yard.reactor()
    reactor.events = streams.connect("redis://127.0.0.1:1/0")
    yard.play(reactor, passing(camera, "98XKD3"))
    yard.wait(reactor, 5)
    assert [row.state for row in yard.events()] == ["lost"]


def test_entries_handled_again_after_a_crash_change_nothing(yard: Yard) -> None:
    camera, frames = yard.camera(), []
    yard.destination("Office", send_on="both")
    frames = passing(camera, "98XKD3")
    for _ in range(3):
        reactor = yard.reactor()
        yard.play(reactor, frames)
    yard.wait(reactor, 5)
    yard.play(yard.reactor(), frames)
    assert (yard.count(EventRow), yard.count(DeliveryRow)) == (1, 2)
    assert yard.events()[0].reads == 5


def test_a_step_that_fails_leaves_no_trace_and_can_be_repeated(yard: Yard) -> None:
    camera = yard.camera()
    yard.destination("Office")
    reactor, frames = yard.reactor(), passing(camera, "98XKD3")
    yard.play(reactor, frames[:2])

    def break_off(*_: object) -> None:
        raise RuntimeError("power cut")

    event.listen(yard.site.engine, "commit", break_off)
    with pytest.raises(RuntimeError):
        yard.feed(reactor, *frames[2:])
    event.remove(yard.site.engine, "commit", break_off)
    assert yard.count(DeliveryRow) == 0
    yard.feed(reactor, *frames[2:])
    yard.wait(reactor, 6)
    assert [(row.plate, row.reads) for row in yard.events()] == [("98XKD3", 5)]
    assert yard.count(DeliveryRow) == 1


def test_a_restart_in_the_middle_of_a_passage_goes_on_with_it(yard: Yard) -> None:
    camera = yard.camera()
    frames = passing(camera, "98XKD3", count=6)
    for frame in frames:
        yard.play(yard.reactor(), [frame])
    reactor = yard.reactor()
    yard.wait(reactor, 5)
    (row,) = yard.events()
    assert (row.reads, row.state) == (6, "lost")


def test_a_reactor_that_lost_its_shard_cannot_overwrite_its_successor(yard: Yard) -> None:
    camera = yard.camera()
    old = yard.reactor()
    yard.play(old, passing(camera, "98XKD3")[:2])
    yard.play(yard.reactor(), passing(camera, "98XKD3")[2:])
    with pytest.raises(ShardLost):
        yard.play(old, passing(camera, "KR7713X", 2))
    assert {row.plate for row in yard.events()} == {"98XKD3"}


def test_lists_are_followed_within_the_next_look(yard: Yard) -> None:
    camera = yard.camera()
    destination = yard.destination("Barrier", list="white")
    reactor = yard.reactor()
    yard.play(reactor, passing(camera, "98XKD3"))
    assert yard.count(DeliveryRow) == 0
    with transaction(yard.site.engine) as session:
        white = session.scalars(select(PlateList).where(PlateList.name == "white")).one()
        session.add(ListEntry(list_id=white.id, plate="KR7713X", typed="KR 7713-X"))
        session.add(ListEntry(list_id=white.id, plate="98XK?3", typed="98XK?3", pattern=True))
    reactor.refresh()
    reactor.tick()
    assert [list(row.lists) for row in yard.events()] == [["white"]]
    (hit,) = yard.events()[0].hits
    assert hit == {"list": "white", "kind": "white", "entry": "98XK?3", "how": "pattern"}
    yard.play(reactor, passing(camera, "KR7713X", 20))
    assert [d.destination_id for d in yard.deliveries()] == [destination]
    with transaction(yard.site.engine) as session:
        session.execute(delete(ListEntry).where(ListEntry.plate == "KR7713X"))
    reactor.refresh()
    assert yard.lists_of(reactor, "KR7713X") == ()


def test_a_list_change_that_commits_late_is_seen(yard: Yard) -> None:
    reactor = yard.reactor()
    with transaction(yard.site.engine) as slow:
        black = slow.scalars(select(PlateList).where(PlateList.name == "black")).one()
        slow.add(ListEntry(list_id=black.id, plate="AAA111", typed="AAA111"))
        slow.flush()
        with transaction(yard.site.engine) as quick:
            quick.add(ListEntry(list_id=black.id, plate="BBB222", typed="BBB222"))
        reactor.refresh()
        assert yard.lists_of(reactor, "AAA111") == ()
    reactor.refresh()
    assert yard.lists_of(reactor, "AAA111") == ("black",)


def test_a_new_reading_moves_the_event_to_another_plate_in_the_dictionary(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    blurred = [frame_reads(camera, a_read("98XKD1", confidence=0.6), second=i / 5) for i in range(3)]
    clear = [frame_reads(camera, a_read("98XKD3", confidence=0.98), second=0.6 + i / 5) for i in range(6)]
    reactor.refresh()
    yard.play(reactor, blurred)
    with transaction(yard.site.engine) as session:
        assert {p.plate: p.events for p in session.scalars(select(Plate))} == {"98XKD1": 1}
    yard.play(reactor, clear)
    with transaction(yard.site.engine) as session:
        assert {p.plate: p.events for p in session.scalars(select(Plate))} == {"98XKD3": 1}


def test_reads_of_a_deleted_camera_are_dropped(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    yard.play(reactor, passing(camera, "98XKD3")[:2])
    with transaction(yard.site.engine) as session:
        session.execute(delete(Camera).where(Camera.id == camera))
    yard.play(reactor, passing(camera, "98XKD3")[2:])
    yard.wait(reactor, 5)
    with transaction(yard.site.engine) as session:
        assert session.scalars(select(Track)).all() == []
    yard.play(reactor, passing(uuid4(), "98XKD3"))
    assert [(row.plate, row.reads) for row in yard.events()] == [("98XKD3", 2)]


def test_a_camera_made_a_moment_ago_is_known(yard: Yard) -> None:
    reactor = yard.reactor()
    yard.play(reactor, passing(yard.camera("New gate"), "98XKD3"))
    assert [row.camera_name for row in yard.events()] == ["New gate"]


def test_a_destination_deleted_a_moment_ago_stops_nothing(yard: Yard) -> None:
    camera = yard.camera()
    destination = yard.destination("Office")
    reactor = yard.reactor()
    with transaction(yard.site.engine) as session:
        session.execute(text("DELETE FROM destinations WHERE id = :id"), {"id": destination})
    yard.play(reactor, passing(camera, "98XKD3"))
    assert (yard.count(EventRow), yard.count(DeliveryRow)) == (1, 0)


def test_pictures_of_losing_reads_are_deleted_and_the_evidence_stays(yard: Yard) -> None:
    camera, reactor, keys = yard.camera(), yard.reactor(), []
    for i, frame in enumerate(passing(camera, "98XKD3")):
        key = yard.media.put(f"picture {i}".encode(), f"frame{i}", NOON)
        keys.append(key)
        read = frame.reads[0].model_copy(update={"sharpness": 100.0 - 10 * i})
        yard.play(reactor, [frame.model_copy(update={"frame_key": key, "reads": (read,)})])
    yard.wait(reactor, 5)
    (row,) = yard.events()
    assert row.frame_key == keys[0]
    assert yard.media.get(row.frame_key) == b"picture 0"
    for key in keys[1:]:
        with pytest.raises(Missing):
            yard.media.get(key)


@pytest.mark.parametrize("data", [b"", b"{", b'{"kind": "frame"}'])
def test_an_entry_that_is_no_reads_is_refused(yard: Yard, data: bytes) -> None:
    with pytest.raises(InvalidMessage):
        yard.reactor().handle([Entry("reads:0", "1-0", data)])


def test_a_read_whose_characters_do_not_fit_its_text_is_refused(yard: Yard) -> None:
    broken = a_read("98XKD3").model_copy(update={"text": "98XKD"})
    with pytest.raises(InvalidMessage):
        yard.feed(yard.reactor(), frame_reads(yard.camera(), broken))
