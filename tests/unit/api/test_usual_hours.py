"""Usual hours: the shortest span of the day's circle that holds most visits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.api.visits.hours import DAY, clock, usual

MINUTES = st.integers(0, DAY - 1)


def test_one_late_visit_in_ten_does_not_stretch_the_usual_hours() -> None:
    found = usual([420, 422, 425, 430, 431, 433, 440, 441, 445, 1300])
    assert found is not None
    assert (clock(found.begins), clock(found.ends)) == ("07:00", "07:21")


def test_a_night_shift_goes_through_midnight() -> None:
    found = usual([1430, 1438, 2, 5, 9])
    assert found is not None
    assert (clock(found.begins), clock(found.ends)) == ("23:58", "00:09")


def test_two_visits_make_no_habit() -> None:
    assert usual([1, 2]) is None


@given(st.lists(MINUTES, min_size=3))
def test_four_of_five_visits_are_always_inside(minutes: list[int]) -> None:
    found = usual(minutes)
    assert found is not None
    length = (found.ends - found.begins) % DAY
    inside = sum((minute - found.begins) % DAY <= length for minute in minutes)
    assert inside >= len(minutes) * 0.8
    assert found.of == len(minutes)
