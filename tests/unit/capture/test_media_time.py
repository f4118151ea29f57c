from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capture.media_time import MediaTime, Picker


def taken(rate: float, times: list[Fraction]) -> int:
    picker = Picker(rate)
    return sum(picker.takes(time) for time in times)


@pytest.mark.parametrize("fps", [Fraction(12), Fraction(25), Fraction(30000, 1001), Fraction(15), Fraction(50)])
def test_a_rate_above_the_files_own_takes_every_frame(fps: Fraction) -> None:
    assert taken(60, [number / fps for number in range(500)]) == 500


@pytest.mark.parametrize("fps", [Fraction(12), Fraction(25), Fraction(30)])
def test_the_files_own_rate_takes_every_frame_even_with_stamps_in_milliseconds(fps: Fraction) -> None:
    times = [Fraction(round(number / fps * 1000), 1000) for number in range(500)]
    assert taken(float(fps), times) == 500


def test_a_lower_rate_takes_evenly() -> None:
    picker = Picker(5)
    numbers = [number for number in range(250) if picker.takes(Fraction(number, 25))]
    assert numbers == [0, *range(3, 250, 5)]


@given(st.lists(st.fractions(0, 1), max_size=100), st.floats(0.1, 60))
def test_never_more_than_the_rate_in_any_second(gaps: list[Fraction], rate: float) -> None:
    picker, time, seconds = Picker(rate), Fraction(0), Counter[int]()
    for gap in gaps:
        time += gap
        seconds[int(time)] += picker.takes(time)
    assert all(count <= rate + 2 for count in seconds.values())


def test_time_counts_from_the_first_frame() -> None:
    clock = MediaTime(Fraction(1, 25))
    assert [clock.of(Fraction(stamp)) for stamp in (7, 8, 10)] == [0, 1, 3]


def test_frames_without_stamps_follow_each_other_at_the_files_pace() -> None:
    clock = MediaTime(Fraction(1, 25))
    assert [clock.of(None) for _ in range(3)] == [0, Fraction(1, 25), Fraction(2, 25)]


def test_stamps_that_begin_again_go_on_where_the_file_was() -> None:
    clock = MediaTime(Fraction(1, 10))
    stamps = [Fraction(0), Fraction(1, 10), Fraction(2, 10), Fraction(0), Fraction(1, 10)]
    assert [clock.of(stamp) for stamp in stamps] == [Fraction(number, 10) for number in range(5)]


@given(st.lists(st.none() | st.fractions(-100, 100), max_size=50))
def test_time_never_goes_backwards_whatever_the_file_says(stamps: list[Fraction | None]) -> None:
    clock = MediaTime(Fraction(1, 25))
    times = [clock.of(stamp) for stamp in stamps]
    assert all(sooner < later for sooner, later in pairwise(times))
    assert not times or times[0] == 0
