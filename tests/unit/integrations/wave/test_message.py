"""A delivery as a bookmark and a generic event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.integrations.wave.message import bookmark, generic_event
from services.integrations.wave.settings import Settings
from shared.messages import Direction, Moment
from tests.simulators.sample_delivery import WHEN, a_camera, a_delivery

MARK = "Platewire event 7c1c8f0e-0000-4000-8000-000000000001"


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"host": "10.0.4.17", "user": "anpr", "password": "pw"} | changes)


def milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def test_a_bookmark_begins_before_the_vehicle_and_names_its_event() -> None:
    made = bookmark(a_delivery(), settings())

    assert made.name == "19ZFZL"
    assert made.start_ms == milliseconds(WHEN - timedelta(seconds=2))
    assert made.duration_ms == 5000
    assert made.tags == ("ANPR", "19ZFZL", "black", "staff")
    assert made.description == f"black, staff; NLD; in; confidence 0.72\n{MARK}"


def test_a_part_of_the_description_that_has_nothing_to_say_is_left_out() -> None:
    delivery = a_delivery(lists=(), direction=Direction.UNKNOWN)

    assert bookmark(delivery, settings()).description == f"NLD; confidence 0.72\n{MARK}"
    assert bookmark(delivery, settings(description="")).description == MARK
    assert bookmark(delivery, settings(description="Gate 1; {list}")).description == f"Gate 1\n{MARK}"


@pytest.mark.parametrize(("stays", "lasts"), [(0, 5000), (4.5, 6500), (57, 59_000), (3600, 60_000)])
def test_a_bookmark_lasts_as_long_as_the_vehicle_within_bounds(stays: float, lasts: int) -> None:
    delivery = a_delivery(last_seen=WHEN + timedelta(seconds=stays))

    assert bookmark(delivery, settings()).duration_ms == lasts


def test_both_moments_of_a_passage_share_start_and_mark() -> None:
    first = bookmark(a_delivery(), settings())
    last = bookmark(a_delivery(moment=Moment.LOST, last_seen=WHEN + timedelta(seconds=9)), settings())

    assert (first.start_ms, first.mark) == (last.start_ms, last.mark)
    assert (first.duration_ms, last.duration_ms) == (5000, 11_000)


def test_every_field_can_be_used() -> None:
    template = "{plate}|{camera}|{time}|{list}|{country}|{region}|{confidence}|{direction}|{zone}|{moment}"
    made = bookmark(a_delivery(region="NH"), settings(name=template))

    assert made.name == "19ZFZL|Gate|2018-12-12 16:34:19|black, staff|NLD|NH|0.72|in|1|detect"


@pytest.mark.parametrize("plate", ["A<B&C", "AB+12%41", "AB\r\n12", "АА1234ВВ", "{list}"])
def test_a_plate_is_told_as_it_is(plate: str) -> None:
    delivery = a_delivery(plate=plate)

    assert bookmark(delivery, settings()).name == plate
    assert generic_event(delivery, settings()).caption == plate
    assert plate in bookmark(delivery, settings()).tags


def test_a_vehicle_without_a_plate_still_has_a_name() -> None:
    delivery = a_delivery(moment=Moment.LOST, plate="", lists=())

    assert bookmark(delivery, settings()).name == "Unread plate"
    assert bookmark(delivery, settings()).tags == ("ANPR",)
    assert generic_event(delivery, settings()).caption == "Unread plate"


def test_the_same_tag_is_told_once() -> None:
    assert bookmark(a_delivery(), settings(tags=["{plate}", "{plate}", "gate {zone}"])).tags == ("19ZFZL", "gate 1")


def test_an_event_says_where_what_and_which_moment() -> None:
    made = generic_event(a_delivery(camera=a_camera(name="Gate 1")), settings())

    assert (made.source, made.caption) == ("ANPR Gate 1", "19ZFZL")
    assert made.description == "black, staff; in; detect"
    assert made.at == WHEN
