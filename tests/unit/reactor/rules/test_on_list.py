"""The rule that most sites use: a plate is on a list."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.reactor.rules import discover
from services.reactor.rules.on_list import fires
from shared.geometry import Box
from shared.messages import Direction, Event, EventState, Origin
from shared.reactions import RULES, OnList
from shared.testing import NOON

GATE = UUID(int=1)


def an_event(*lists: str, direction: Direction = Direction.IN) -> Event:
    return Event(
        event_id=uuid4(),
        camera_id=GATE,
        camera_name="Gate",
        car_id=1,
        state=EventState.RELIABLE,
        origin=Origin.LIVE,
        plate="AB12CDE",
        confidence=0.9,
        captured_at=NOON,
        read_at=NOON,
        last_seen=NOON,
        reads=3,
        direction=direction,
        box=Box(x=0, y=0, width=10, height=5),
        frame_width=640,
        frame_height=480,
        lists=lists,
    )


@pytest.mark.parametrize(
    ("wanted", "held", "expected"),
    [
        ("any", (), True),
        ("any", ("white",), True),
        ("none", (), True),
        ("none", ("white",), False),
        ("white", ("black", "white"), True),
        ("staff", ("white",), False),
    ],
)
def test_the_list_decides(wanted: str, held: tuple[str, ...], expected: bool) -> None:
    assert fires(an_event(*held), OnList(list=wanted)) is expected


def test_camera_direction_and_confidence_narrow_it_down() -> None:
    event = an_event("white")
    assert fires(event, OnList(cameras=(GATE,), directions=(Direction.IN,), min_confidence=0.9))
    assert not fires(event, OnList(cameras=(uuid4(),)))
    assert not fires(event, OnList(directions=(Direction.OUT,)))
    assert not fires(event, OnList(min_confidence=0.91))


def test_every_kind_of_rule_has_settings_and_a_file() -> None:
    assert set(discover()) == set(RULES)
