"""Rules at work in a real reactor: what is told, what is written down, and that nothing fires twice."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, update

from services.reactor import decisions
from services.reactor.worker import Reactor
from shared import site, streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Command, CoolDown, DeliveryRow, Destination, EventRow, ListEntry, PlateList, ReactionRule
from shared.geometry import Box
from shared.messages import CameraCard, Event, FrameReads, Origin
from shared.plates import skeleton
from shared.rules.trace import RoundTrace, opened
from shared.testing import NOON, a_read, entries, frame_reads
from tests.integration.reactor.yard import Yard


def passing(camera: UUID, plate: str = "98XKD3", start: float = 0.0, count: int = 5) -> list[FrameReads]:
    """A vehicle that moves on, so that the next one at its place is another."""
    boxes = (Box(x=60 * i, y=200, width=120, height=30) for i in range(count))
    return [frame_reads(camera, a_read(plate, box=box), second=start + i / 5) for i, box in enumerate(boxes)]


def add_rule(yard: Yard, name: str, kind: str = "json_http", send_on: str = "detect", **settings: Any) -> UUID:
    """A rule with a destination of its own; returns the destination."""
    with transaction(yard.site.engine) as session:
        row = Destination(name=name, kind=kind, settings=b"", send_on=send_on)
        session.add(row)
        session.flush()
        session.add(ReactionRule(name=name, rule="on_list", settings=settings, destination_id=row.id))
        return row.id


def enlist(yard: Yard, plate: str, *lists: str) -> None:
    with transaction(yard.site.engine) as session:
        for row in session.scalars(select(PlateList).where(PlateList.name.in_(lists))):
            session.add(ListEntry(list_id=row.id, plate=plate, typed=plate, pattern="?" in plate))


def rounds(yard: Yard) -> list[list[RoundTrace]]:
    """Of each event, oldest first."""
    with transaction(yard.site.engine) as session:
        query = select(EventRow.decision).order_by(EventRow.captured_at, EventRow.event_id)
        return [opened(column) for column in session.scalars(query)]


def outcomes(found: RoundTrace) -> dict[str, str]:
    return {rule.name: rule.why or "fired" for rule in found.rules}


def test_every_event_says_which_rules_were_tried_and_why(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    add_rule(yard, "residents", lists=["white"], directions=["in", "unknown"])
    add_rule(yard, "wanted", lists=["black"])
    add_rule(yard, "leaving", send_on="lost")
    enlist(yard, "98XK?3", "white")
    reactor.refresh()
    yard.play(reactor, passing(camera))
    ((detect,),) = rounds(yard)
    assert outcomes(detect) == {"residents": "fired", "wanted": "not_on_list"}
    assert (detect.plate, detect.reads, detect.at) == ("98XKD3", 3, NOON + timedelta(seconds=0.4))
    assert [(hit.list, hit.entry, hit.how) for hit in detect.hits] == [("white", "98XK?3", "pattern")]
    assert [(reading.text, reading.reads) for reading in detect.readings] == [("98XKD3", 3)]
    yard.wait(reactor, 5)
    ((first, lost),) = rounds(yard)
    assert first == detect
    assert outcomes(lost) == {"leaving": "fired"}
    (row,) = yard.events()
    assert (row.state, row.hits) == ("lost", [{"list": "white", "kind": "white", "entry": "98XK?3", "how": "pattern"}])
    assert Event.model_validate(yard.deliveries()[0].event).hits[0].how == "pattern"


def test_without_any_rule_the_trace_says_what_was_known(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    yard.play(reactor, passing(camera))
    yard.wait(reactor, 5)
    ((detect,),) = rounds(yard)
    assert (detect.plate, detect.rules) == ("98XKD3", ())


def test_rules_are_tried_by_priority_and_a_stop_ends_them_for_the_whole_passage(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    add_rule(yard, "late", send_on="both")
    first = add_rule(yard, "first", priority=1, stop=True)
    ahead = add_rule(yard, "ahead", priority=0, send_on="lost")
    reactor.refresh()
    yard.play(reactor, passing(camera))
    yard.wait(reactor, 5)
    ((detect, lost),) = rounds(yard)
    assert list(outcomes(detect).items()) == [("first", "fired"), ("late", "stopped_by")]
    assert list(outcomes(lost).items()) == [("ahead", "fired"), ("late", "stopped_by")]
    assert {row.destination_id for row in yard.deliveries()} == {first, ahead}


def test_the_kill_switch_holds_for_the_very_next_vehicle(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    gate = add_rule(yard, "gate", kind="barrier")
    reactor.refresh()
    with transaction(yard.site.engine) as session:
        site.save(session, site.BarriersLocked(value=True, reason="Fire drill"))
    yard.play(reactor, passing(camera, "98XKD3"))
    assert yard.count(Command) == 0
    with transaction(yard.site.engine) as session:
        site.save(session, site.BarriersLocked(value=False))
    yard.play(reactor, passing(camera, "KR7713X", 20))
    assert [row.destination_id for row in yard.commands()] == [gate]
    assert yard.count(DeliveryRow) == 0
    (locked,), (free,) = rounds(yard)
    assert (outcomes(locked), locked.barriers_locked) == ({"gate": "barriers_locked"}, True)
    assert (outcomes(free), free.barriers_locked) == ({"gate": "fired"}, False)


def test_a_vehicle_orders_a_barrier_once_and_the_order_ends_ten_seconds_after_it_was_seen(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    gate = add_rule(yard, "gate", kind="barrier", send_on="both")
    reactor.refresh()
    yard.play(reactor, passing(camera))
    successor = yard.reactor()
    yard.play(successor, passing(camera))
    yard.wait(successor, 6)
    (order,) = yard.commands()
    seen = Event.model_validate(order.event).last_seen
    assert (order.destination_id, order.action, order.state) == (gate, "open", "new")
    assert (order.seen_at, order.expires_at) == (seen, seen + timedelta(seconds=10))
    assert order.skeleton == skeleton("98XKD3")
    assert CameraCard.model_validate(order.camera).camera_id == camera
    (rule,) = yard.reactor().catalogue.rules
    assert order.reaction_id == rule.rule_id
    assert yard.count(DeliveryRow) == 0
    assert entries(yard.site.events, streams.wake(gate))


@pytest.mark.parametrize("seconds", [-3.0, 3.0])
def test_a_machine_whose_clock_differs_from_the_databases_orders_nothing(yard: Yard, seconds: float) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    add_rule(yard, "gate", kind="barrier")
    reactor.refresh()
    reactor.host_clock = lambda: now() + timedelta(seconds=seconds)
    yard.play(reactor, passing(camera))
    (order,) = yard.commands()
    assert order.state == "refused"
    assert "the database's: set the clocks right" in order.result


@pytest.mark.parametrize(("ahead", "state"), [(0.5, "new"), (30.0, "refused")])
def test_frames_from_the_future_lengthen_no_order(yard: Yard, ahead: float, state: str) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    add_rule(yard, "gate", kind="barrier")
    reactor.refresh()
    frames, began = passing(camera), now()
    last = max(frame.captured_at for frame in frames)
    moved = [
        frame.model_copy(update={"captured_at": began + timedelta(seconds=ahead) + (frame.captured_at - last)})
        for frame in frames
    ]
    yard.play(reactor, moved)
    (order,) = yard.commands()
    assert order.state == state
    assert order.expires_at <= now() + timedelta(seconds=10)
    assert ("ahead of the database's clock" in order.result) == (state == "refused")


def test_black_beats_white_and_files_open_nothing(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    add_rule(yard, "gate", kind="barrier", lists=["white"])
    enlist(yard, "98XKD3", "white", "black")
    enlist(yard, "KR7713X", "white")
    reactor.refresh()
    yard.play(reactor, passing(camera, "98XKD3"))
    file = [frame.model_copy(update={"origin": Origin.FILE}) for frame in passing(camera, "KR7713X", 20)]
    yard.play(reactor, file)
    assert yard.count(Command) == 0
    assert [outcomes(found[0]) for found in rounds(yard)] == [{"gate": "on_black"}, {"gate": "not_live"}]


def test_a_cool_down_holds_over_restarts_and_over_a_change_of_the_shards_owner(yard: Yard) -> None:
    camera = yard.camera()
    add_rule(yard, "once a minute", cool_down=60)
    for start in (0.0, 20.0, 40.0, 61.0, 80.0):
        yard.play(yard.reactor(), passing(camera, "98XKD3", start))
        yard.wait(yard.reactor(), 6)
    said = [outcomes(found[0])["once a minute"] for found in rounds(yard)]
    assert said == ["fired", "cooling_down", "cooling_down", "fired", "cooling_down"]
    assert yard.count(DeliveryRow) == 2


def test_a_destination_that_hears_twice_of_a_passage_does_so_while_the_rule_cools_down(yard: Yard) -> None:
    first, second, reactor = yard.camera("One"), yard.camera("Two"), yard.reactor()
    add_rule(yard, "both ends", send_on="both", cool_down=60)
    reactor.refresh()
    yard.play(reactor, passing(first))
    yard.play(reactor, passing(second, start=2.0))
    yard.wait(reactor, 6)
    assert sorted(row.moment for row in yard.deliveries()) == ["detect", "lost"]
    assert len({row.event_id for row in yard.deliveries()}) == 1


def test_two_reactors_that_see_one_plate_at_once_fire_once(yard: Yard) -> None:
    """Each owns cameras of its own; both decide on the same plate in the same moment, many times."""
    cameras = two_shards(yard)
    add_rule(yard, "once", cool_down=3600)
    plates = [f"{'BCDFGHJKLM'[n % 10]}{n:02d}{'XYZVW'[n % 5]}{n * 37 % 1000:03d}" for n in range(18)]
    start, faults = threading.Barrier(2), list[BaseException]()

    def work(camera: UUID) -> None:
        reactor = Reactor(yard.site.engine, yard.site.events, yard.media, clock=lambda: NOON)
        reactor.refresh()
        reactor.take_shard(streams.shard_of(camera))
        try:
            for number, plate in enumerate(plates):
                frames = passing(camera, plate, 30.0 * number)
                yard.feed(reactor, *frames[:2])
                start.wait(20)
                yard.feed(reactor, *frames[2:])
        except BaseException as fault:
            start.abort()
            faults.append(fault)
            raise

    threads = [threading.Thread(target=work, args=(camera,)) for camera in cameras]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    fired = [Event.model_validate(row.event).plate for row in yard.deliveries()]
    assert sorted(fired) == sorted(plates)
    assert yard.count(EventRow) == 2 * len(plates)


def test_plates_are_locked_in_one_order_however_they_came(yard: Yard) -> None:
    """So that two reactors that saw the same vehicles the other way round never wait for each other."""
    cameras, reactor = two_shards(yard), yard.reactor()
    add_rule(yard, "once", cool_down=3600)
    reactor.refresh()
    plates = ["98XKD3", "KR7713X", "ZZ99ABC", "AB12CDE"]
    locked: list[int] = []

    def note(_connection: object, _cursor: object, statement: str, values: dict[str, int], *_: object) -> None:
        if "pg_advisory_xact_lock" in statement:
            locked.append(values["plate"])

    event.listen(yard.site.engine, "before_cursor_execute", note)
    try:
        for camera, order in zip(cameras, (plates, plates[::-1]), strict=True):
            yard.feed(reactor, *(f for n, plate in enumerate(order) for f in passing(camera, plate, 30.0 * n)))
    finally:
        event.remove(yard.site.engine, "before_cursor_execute", note)
    assert len(locked) == 2 * len(plates)
    assert locked[: len(plates)] == locked[len(plates) :] == sorted(set(locked))
    assert sorted(Event.model_validate(row.event).plate for row in yard.deliveries()) == sorted(plates)


def two_shards(yard: Yard) -> list[UUID]:
    """Two cameras of different shards."""
    first = yard.camera("Camera 0")
    others = (yard.camera(f"Camera {number}") for number in range(1, 100))
    return [first, next(one for one in others if streams.shard_of(one) != streams.shard_of(first))]


def test_a_rule_that_was_deleted_a_moment_ago_stops_nothing(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    destination = add_rule(yard, "gone", cool_down=60)
    reactor.refresh()
    with transaction(yard.site.engine) as session:
        session.delete(session.get_one(Destination, destination))
    yard.play(reactor, passing(camera))
    assert (yard.count(EventRow), yard.count(DeliveryRow)) == (1, 0)


def test_a_rule_that_cannot_be_understood_is_left_out_and_the_others_work(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    add_rule(yard, "from the future", moon_phase="full")
    fine = add_rule(yard, "of before", list="any")
    reactor.refresh()
    yard.play(reactor, passing(camera))
    assert [row.destination_id for row in yard.deliveries()] == [fine]


def test_old_firings_are_cleared_away(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    add_rule(yard, "once", cool_down=60)
    reactor.refresh()
    for number, plate in enumerate(("98XKD3", "KR7713X")):
        yard.play(reactor, passing(camera, plate, 30.0 * number))
    with transaction(yard.site.engine) as session:
        old = update(CoolDown).where(CoolDown.plate == skeleton("98XKD3")).values(noted_at=now() - timedelta(days=3))
        session.execute(old)
    reactor.forget()
    with transaction(yard.site.engine) as session:
        assert session.scalars(select(CoolDown.plate)).all() == [skeleton("KR7713X")]


def test_the_site_s_clocks_decide_over_schedules_at_once(yard: Yard) -> None:
    camera, reactor = yard.camera(), yard.reactor()
    add_rule(yard, "noon", schedule={"periods": [{"days": ["sat"], "start": "12:00", "end": "12:05"}]})
    reactor.refresh()
    yard.play(reactor, passing(camera, "98XKD3"))
    with transaction(yard.site.engine) as session:
        site.save(session, site.TimeZone(value="Europe/Kyiv"))
        assert decisions.circumstances(session).zone.key == "Europe/Kyiv"
    yard.play(reactor, passing(camera, "KR7713X", 20))
    assert [outcomes(found[0])["noon"] for found in rounds(yard)] == ["fired", "outside_schedule"]
